//! The dependency graph as Graphviz, Mermaid or plain text.

use std::fmt::Write;

use crate::model::Address;

/// A resource and what it depends on.
#[derive(Debug, Clone)]
pub struct GraphNode {
    pub address: Address,
    pub depends_on: Vec<Address>,
}

/// For Graphviz: arrows point from a resource to what it needs.
pub fn dot(nodes: &[GraphNode]) -> String {
    let mut out = String::from("digraph stack {\n  rankdir = \"RL\";\n  node [shape = box];\n");
    for node in nodes {
        let _ = writeln!(out, "  {:?};", node.address.to_string());
        for dependency in &node.depends_on {
            let _ = writeln!(out, "  {:?} -> {:?};", node.address.to_string(), dependency.to_string());
        }
    }
    out.push_str("}\n");
    out
}

/// For Mermaid, which code hosts draw in Markdown.
pub fn mermaid(nodes: &[GraphNode]) -> String {
    let mut out = String::from("graph RL\n");
    let id = |address: &Address| {
        let position = nodes.iter().position(|node| node.address == *address);
        position.map_or_else(|| "elsewhere".to_owned(), |position| format!("n{position}"))
    };
    for node in nodes {
        let label = node.address.to_string().replace('"', "#quot;");
        let _ = writeln!(out, "  {}[\"{label}\"]", id(&node.address));
    }
    for node in nodes {
        for dependency in &node.depends_on {
            let _ = writeln!(out, "  {} --> {}", id(&node.address), id(dependency));
        }
    }
    out
}

/// In waves: everything in one wave can be made at the same time, once the waves before are there.
pub fn text(nodes: &[GraphNode]) -> String {
    let mut out = String::new();
    let mut done: Vec<&Address> = Vec::new();
    for wave in 1..=nodes.len() {
        let ready: Vec<&GraphNode> = nodes
            .iter()
            .filter(|node| !done.contains(&&node.address))
            .filter(|node| node.depends_on.iter().all(|needed| done.contains(&needed)))
            .collect();
        if ready.is_empty() {
            break;
        }
        let _ = writeln!(out, "{wave}.");
        for node in &ready {
            let needs: Vec<String> = node.depends_on.iter().map(ToString::to_string).collect();
            let after = if needs.is_empty() { String::new() } else { format!("  after {}", needs.join(", ")) };
            let _ = writeln!(out, "  {}{after}", node.address);
        }
        done.extend(ready.iter().map(|node| &node.address));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes() -> Vec<GraphNode> {
        let network = Address::new("networks", "n");
        let node = |section: &str, key: &str, depends_on: &[&Address]| GraphNode {
            address: Address::new(section, key),
            depends_on: depends_on.iter().map(|address| (*address).clone()).collect(),
        };
        vec![node("networks", "n", &[]), node("subnetworks", "odd \"key\"", &[&network]), node("secrets", "s", &[])]
    }

    #[test]
    fn text_shows_what_can_run_together() {
        assert_eq!(
            text(&nodes()),
            "1.\n  networks.n\n  secrets.s\n2.\n  subnetworks[\"odd \\\"key\\\"\"]  after networks.n\n"
        );
    }

    #[test]
    fn odd_keys_are_quoted() {
        assert!(dot(&nodes()).contains(r#""subnetworks[\"odd \\\"key\\\"\"]" -> "networks.n";"#));
        assert!(mermaid(&nodes()).contains("n1 --> n0"));
    }
}
