//! The commands of `commands.yaml`: phases of groups of command lines with placeholders.

use std::collections::BTreeMap;

/// Groups in order; the commands of a group need nothing of each other.
pub type Phase = Vec<Vec<Line>>;

/// A command line whose placeholders are still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Under which name what it prints is kept.
    pub keep: Option<String>,
    words: Vec<String>,
}

impl Line {
    fn read(text: &str) -> Self {
        let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let keeps = words.get(1).is_some_and(|word| word == "=");
        let keep = keeps.then(|| words.drain(..2).next().expect("it has two words"));
        Self { keep, words }
    }

    /// The words, placeholders as they stand.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    /// The arguments of gcloud, with every `{name}` filled in.
    pub fn arguments(&self, values: &BTreeMap<String, String>) -> Vec<String> {
        self.words.iter().map(|word| filled(word, values)).collect()
    }
}

fn filled(word: &str, values: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}').expect("placeholders are closed");
        text.push_str(before);
        text.push_str(values.get(name).unwrap_or_else(|| panic!("nothing is known as `{name}`")));
        rest = behind;
    }
    text + rest
}

/// The phase of that name.
pub fn phase(name: &str) -> Phase {
    let mut phases: BTreeMap<String, Vec<Vec<String>>> =
        serde_yaml::from_str(include_str!("commands.yaml")).expect("the table of commands is YAML");
    let groups = phases.remove(name).expect("the table has the phase");
    groups.iter().map(|group| group.iter().map(|text| Line::read(text)).collect()).collect()
}

#[test]
fn a_line_keeps_its_name_and_fills_its_words_one_by_one() {
    let line = Line::read("url = run describe --x={y}");
    let values = BTreeMap::from([("y".to_owned(), "a b".to_owned())]);
    assert_eq!(line.keep.as_deref(), Some("url"));
    assert_eq!(line.arguments(&values), ["run", "describe", "--x=a b"]);
}
