//! What a file without faults becomes.

use super::*;
use crate::model::{Address, DocPath};

fn entry<'a>(stack: &'a Stack, address: &str) -> &'a Entry {
    stack.get(&address.parse().unwrap()).unwrap_or_else(|| panic!("no {address}"))
}

fn doc(stack: &Stack, address: &str) -> String {
    plain(&entry(stack, address).doc)
}

fn inputs() -> Inputs {
    let env = [("SET", "text"), ("PORT", "80"), ("EMPTY", ""), ("DB_PASSWORD", "hunter2"), ("NULL", "null")];
    Inputs {
        env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        project_number: Some("123456789012".to_owned()),
        ..Inputs::default()
    }
}

#[test]
fn the_environment_is_put_in() {
    let text = with_head(
        "services:
  a:
    image: x/y
    maxInstanceRequestConcurrency: ${env.PORT}
    env:
      SET: ${env.SET}
      QUOTED: \"${env.PORT}\"
      PART: a-${env.SET}-${env.PORT}
      EMPTY: ${env.EMPTY}
      DEFAULT: ${env.EMPTY:-default}
      NESTED: ${env.NOT_SET:-${region}-${env.SET}}
      NOTHING: ${env.NOT_SET:-}
      'NULL': ${env.NULL}
      LITERAL: $${env.SET}
      FROM_SECRET: x ${env.DB_PASSWORD}
",
    );
    let stack = stack_of(&text, &inputs());
    insta::assert_snapshot!(doc(&stack, "services.a"), @r#"{image: "x/y", maxInstanceRequestConcurrency: 80, env: {SET: "text", QUOTED: "80", PART: "a-text-80", EMPTY: "", DEFAULT: "default", NESTED: "us-central1-text", NOTHING: "", NULL: "null", LITERAL: "${env.SET}", FROM_SECRET: ‹redacted›}}"#);
}

#[test]
fn the_sandbox_brings_its_project_and_empty_variables() {
    let text = "stack: demo\nproject: ${env.PROJECT_ID:?set it}\nregion: us-central1\nservices:\n  a: {image: x/y, env: {A: 'x${env.A}', B: '${env.B:-b}', P: '${project.id}'}}\n";
    let sandbox = Inputs { mode: Mode::Sandbox, ..Inputs::default() };
    let stack = stack_of(text, &sandbox);
    assert_eq!(stack.project.id, SANDBOX_PROJECT);
    assert_eq!(doc(&stack, "services.a"), r#"{image: "x/y", env: {A: "x", B: "b", P: "sandbox-project"}}"#);
    let without = "stack: demo\nservices: {}\n";
    assert_eq!(stack_of(without, &sandbox).project.id, SANDBOX_PROJECT);
}

#[test]
fn what_is_wanted_from_outside_is_named_first() {
    let text = "stack: ${env.A}\nx-notes: ${env.IGNORED}\nvariables: {v: {default: '${env.B:-${env.C}}'}}\nservices:\n  a: {image: '${file(\"image.txt\")}', env: {X: 'a ${env.D} ${broken'}}\n";
    let wanted = wanted(&draft(text));
    assert_eq!(wanted.env.into_iter().collect::<Vec<_>>(), ["A", "B", "C", "D"]);
    assert_eq!(wanted.files.into_iter().map(|file| file.path).collect::<Vec<_>>(), ["image.txt"]);
}

#[test]
fn files_are_put_in_as_text() {
    let text = with_head("services:\n  a: {image: x/y, env: {A: '${file(\"a.txt\")}', B: '-${file(\"b\")}-'}}\n");
    let name = |path: &str| FileName { source: crate::model::SourceId(0), path: path.to_owned() };
    let files = [(name("a.txt"), Ok(b"1.10\n".to_vec())), (name("b"), Ok(b"b".to_vec()))];
    let stack = stack_of(&text, &Inputs { files: files.into(), ..Inputs::default() });
    assert_eq!(doc(&stack, "services.a"), r#"{image: "x/y", env: {A: "1.10\n", B: "-b-"}}"#);

    let files = [(name("a.txt"), Err("no such file".to_owned())), (name("b"), Ok(vec![0xFF]))];
    let built = built(&text, &Inputs { files: files.into(), ..Inputs::default() });
    insta::assert_snapshot!(shown(&built.findings), @r"
    5:29 unreadable-file services.a: the file `a.txt` cannot be read: no such file
    5:53 unreadable-file services.a: the file `b` cannot be read: byte 0 is not valid UTF-8
    ");
}

#[test]
fn variables_have_types_defaults_and_values_from_outside() {
    let text = with_head(
        "variables:
  port: {type: integer, default: 70, description: The port}
  version: {default: '1.10'}
  on: {type: boolean}
  labels: {type: map, default: {team: a}}
  zones: {default: [a, b]}
  password: {default: hunter2, secret: true}
services:
  a:
    image: x/y:${var.version}
    maxInstanceRequestConcurrency: ${var.port}
    sessionAffinity: ${var.on}
    labels: ${var.labels}
    customAudiences: ${var.zones}
    env: {FIRST: '${var.zones[0]}', TEAM: '${var.labels.team}', TEXT: 'p${var.port}', W: 'x${var.password}'}
",
    );
    let given = |pairs: &[(&str, &str)]| Inputs {
        variables: pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..Inputs::default()
    };
    let stack = stack_of(&text, &given(&[("on", "true")]));
    insta::assert_snapshot!(doc(&stack, "services.a"), @r#"{image: "x/y:1.10", maxInstanceRequestConcurrency: 70, sessionAffinity: true, labels: {team: "a"}, customAudiences: ["a", "b"], env: {FIRST: "a", TEAM: "a", TEXT: "p70", W: ‹redacted›}}"#);
    let stack = stack_of(
        &text,
        &given(&[("on", "false"), ("port", "1"), ("port", "90"), ("zones", "[c]"), ("labels", "{team: b, x: y}")]),
    );
    insta::assert_snapshot!(doc(&stack, "services.a"), @r#"{image: "x/y:1.10", maxInstanceRequestConcurrency: 90, sessionAffinity: false, labels: {team: "b", x: "y"}, customAudiences: ["c"], env: {FIRST: "c", TEAM: "b", TEXT: "p90", W: ‹redacted›}}"#);

    let built = built(&text, &given(&[("port", "many"), ("zones", "c"), ("prot", "1"), ("labels", "{")]));
    insta::assert_snapshot!(shown(&built.findings), @r"
    0:0 undeclared-variable the stack declares no variable `prot`
        hint: did you mean `port`?
    5:3 bad-variable `--var port=…` is not a whole number
        ^ declared here
    7:3 variable-without-value the variable `on` has no value
        ^ declared here without a `default`
        hint: give one: `--var on=…`, or a `--var-file`
    8:3 bad-variable `--var labels=…` is not a map
        ^ declared here
    9:3 bad-variable `--var zones=…` is not a list
        ^ declared here
    ");
}

#[test]
fn the_default_of_a_secret_variable_is_hidden_in_the_file() {
    let draft = draft(&with_head("variables: {p: {default: hunter2, secret: true}}\n"));
    let secrets = build(&draft, &Inputs::default()).secrets;
    assert_eq!(secrets.iter().map(|span| draft.sources.slice(*span)).collect::<Vec<_>>(), ["hunter2"]);
}

#[test]
fn variable_files_lie_under_arguments() {
    let stack = with_head(
        "variables: {a: {default: 1}, b: {type: string}}\nservices:\n  s: {image: x/y, env: {A: '${var.a}', B: '${var.b}'}}\n",
    );
    let values = |text: &str| File { name: "values.yaml".to_owned(), bytes: text.as_bytes().to_vec() };
    let draft = parse(&[file(&stack)], &[values("a: 2\nb: '02'\n"), values("a: 3\n")]).unwrap();
    let inputs = Inputs { variables: vec![("b".to_owned(), "last".to_owned())], ..Inputs::default() };
    let built = build(&draft, &inputs);
    let stack = built.stack.unwrap_or_else(|| panic!("{}", shown(&built.findings)));
    assert_eq!(doc(&stack, "services.s"), r#"{image: "x/y", env: {A: "3", B: "last"}}"#);

    let draft =
        parse(&[file("stack: a\nproject: demo-project\nvariables: {a: {type: integer}}\n")], &[values("a: x\nc: 1\n")]);
    insta::assert_snapshot!(shown(&build(&draft.unwrap(), &Inputs::default()).findings), @r"
    3:13 variable-without-value the variable `a` has no value
        ^ declared here without a `default`
        hint: give one: `--var a=…`, or a `--var-file`
    1:4 bad-variable `a` is not a whole number
        ^ a whole number belongs here
        3:13 declared here
    2:1 undeclared-variable the stack declares no variable `c`
        hint: declare it: `variables: {c: {type: string}}`
    ");
}

#[test]
fn later_files_win_field_by_field() {
    let base = with_head(
        "services:\n  a: {image: x/y:1, labels: {a: '1', b: '2'}, customAudiences: [x, y], description: gone}\n  b: {image: x/y}\n",
    );
    let over = "region: europe-west1\nservices:\n  a: {image: x/y:2, labels: {b: '3', c: '4'}, customAudiences: [z], description: null}\n  c: {image: x/z}\n";
    let draft = parse(&[file(&base), File { name: "-".into(), bytes: over.into() }], &[]).unwrap();
    let stack = build(&draft, &Inputs::default()).stack.unwrap();
    assert_eq!(stack.region.as_deref(), Some("europe-west1"));
    assert_eq!(
        stack.entries.iter().map(|e| e.address.to_string()).collect::<Vec<_>>(),
        ["services.a", "services.b", "services.c"]
    );
    assert_eq!(
        doc(&stack, "services.a"),
        r#"{image: "x/y:2", labels: {a: "1", b: "3", c: "4"}, customAudiences: ["z"]}"#
    );
    let span = entry(&stack, "services.a").span(&DocPath::keys("labels.b"));
    assert_eq!((span.source.0, span.line), (1, 3));
    assert_eq!(draft.sources.slice(span), "'3'");
}

#[test]
fn defaults_lie_under_every_entry_of_their_section() {
    let text = with_head(
        "x-labels: &labels {team: a, env: dev}
defaults:
  services: {region: europe-west1, labels: *labels, env: {A: '${self.name}'}, lifecycle: {protect: true}}
services:
  a: {image: x/y, labels: {env: prod}}
  b: {image: x/y, region: us-east1, labels: null, lifecycle: {protect: false}}
jobs:
  c: {image: x/y}
",
    );
    let stack = stack_of(&text, &Inputs::default());
    insta::assert_snapshot!(doc(&stack, "services.a"), @r#"{labels: {team: "a", env: "prod"}, env: {A: "a"}, image: "x/y"}"#);
    insta::assert_snapshot!(doc(&stack, "services.b"), @r#"{env: {A: "b"}, image: "x/y"}"#);
    assert_eq!(entry(&stack, "services.a").place.location(), "europe-west1");
    assert!(entry(&stack, "services.a").lifecycle.protect);
    assert_eq!(entry(&stack, "services.b").place.location(), "us-east1");
    assert!(!entry(&stack, "services.b").lifecycle.protect);
    assert_eq!(entry(&stack, "jobs.c").place.location(), "us-central1");
}

#[test]
fn for_each_makes_entries_with_keys_and_names_of_their_own() {
    let text = with_head(
        "networks:
  net: {forEach: [eu, us], autoCreateSubnetworks: false}
subnetworks:
  sub:
    forEach: {eu: {region: europe-west1, range: 10.0.0.0/24}, us: {region: us-east1, range: 10.1.0.0/24}}
    region: ${each.value.region}
    network: net[${each.key}]
    ipCidrRange: ${each.value.range}
services:
  web:
    forEach: {eu: europe-west1}
    name: front-${each.key}
    region: ${each.value}
    image: x/y
  all: {image: x/y, dependsOn: [services.web, subnetworks.sub], env: {EU: '${services.web[eu].url}'}}
",
    );
    let stack = stack_of(&text, &inputs());
    let shown: Vec<String> = stack
        .entries
        .iter()
        .map(|entry| {
            let needs: Vec<_> = entry.needs.iter().map(|need| need.address.to_string()).collect();
            format!("{} {} {} <- {}", entry.address, entry.full_name, plain(&entry.doc), needs.join(" "))
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    networks["net[eu]"] //compute.googleapis.com/projects/demo-project/global/networks/net-eu {autoCreateSubnetworks: false} <- 
    networks["net[us]"] //compute.googleapis.com/projects/demo-project/global/networks/net-us {autoCreateSubnetworks: false} <- 
    subnetworks["sub[eu]"] //compute.googleapis.com/projects/demo-project/regions/europe-west1/subnetworks/sub-eu {network: "projects/demo-project/global/networks/net-eu", ipCidrRange: "10.0.0.0/24"} <- networks["net[eu]"]
    subnetworks["sub[us]"] //compute.googleapis.com/projects/demo-project/regions/us-east1/subnetworks/sub-us {network: "projects/demo-project/global/networks/net-us", ipCidrRange: "10.1.0.0/24"} <- networks["net[us]"]
    services["web[eu]"] //run.googleapis.com/projects/demo-project/locations/europe-west1/services/front-eu {image: "x/y"} <- 
    services.all //run.googleapis.com/projects/demo-project/locations/us-central1/services/all {image: "x/y", env: {EU: "https://front-eu-123456789012.europe-west1.run.app"}} <- services["web[eu]"] subnetworks["sub[eu]"] subnetworks["sub[us]"]
    "#);
}

#[test]
fn what_is_known_beforehand_is_put_in_and_the_rest_stays_open() {
    let text = with_head(
        "addresses:
  ip: {subnetwork: projects/host/regions/us-central1/subnetworks/s, address: 10.0.0.5}
sqlInstances:
  db: {tier: db-f1-micro, databaseVersion: POSTGRES_18, edition: ENTERPRISE}
services:
  a:
    image: x/y
    env:
      SELF: ${self.url}/api
      OTHER: ${services.b.url}
      IP: ${addresses.ip.address}
      FIELD: ${sqlInstances.db.tier}
      NAME: ${services[\"b\"].name} in ${services.b.region} of ${services.b.project}
      LATER: ${sqlInstances.db.pscServiceAttachmentLink}
      MIXED: ${addresses.ip.address}/${services.b.uid}
      THROUGH: ${services.b.env.PASSED}
  b: {image: x/y, env: {PASSED: 'x-${self.uid}', A: '${services.a.url}'}}
outputs:
  url: ${services.a.url}
  all: {list: ['${services.a.name}', '${services.a.uid}'], number: 5}
",
    );
    let stack = stack_of(&text, &inputs());
    insta::assert_snapshot!(doc(&stack, "services.a").replace(", ", "\n"), @r#"
    {image: "x/y"
    env: {SELF: "https://a-123456789012.us-central1.run.app/api"
    OTHER: "https://b-123456789012.us-central1.run.app"
    IP: "10.0.0.5"
    FIELD: "db-f1-micro"
    NAME: "b in us-central1 of demo-project"
    LATER: <${sqlInstances.db.pscServiceAttachmentLink}>
    MIXED: <10.0.0.5/${services.b.uid}>
    THROUGH: <x-${services.b.uid}>}}
    "#);
    insta::assert_snapshot!(doc(&stack, "services.b"), @r#"{image: "x/y", env: {PASSED: <x-${self.uid}>, A: "https://a-123456789012.us-central1.run.app"}}"#);
    let outputs: Vec<_> =
        stack.outputs.iter().map(|output| format!("{}: {}", output.name, plain(&output.value))).collect();
    insta::assert_snapshot!(outputs.join("\n"), @r#"
    url: "https://a-123456789012.us-central1.run.app"
    all: {list: ["a", <${services.a.uid}>], number: 5}
    "#);
    let unnumbered = stack_of(&text, &Inputs::default());
    assert!(doc(&unnumbered, "services.a").contains("SELF: <"), "{}", doc(&unnumbered, "services.a"));
}

#[test]
fn needs_say_why_and_where() {
    let text = with_head(
        "networks:
  net: {autoCreateSubnetworks: false}
subnetworks:
  sub: {network: net, ipCidrRange: 10.0.0.0/24}
services:
  a:
    image: x/y
    vpcAccess: {network: net, subnetwork: sub}
    env: {NET: '${networks.net.name}', B: '${services.b.uid}'}
    dependsOn: [jobs.c, services.b]
  b: {image: x/y}
jobs:
  c: {image: x/y}
",
    );
    let stack = stack_of(&text, &Inputs::default());
    let needs: Vec<String> = entry(&stack, "services.a")
        .needs
        .iter()
        .map(|need| {
            let because = match &need.because {
                Because::Field(path) => format!("field {path}"),
                Because::Expression(path) => format!("expression in {path}"),
                Because::DependsOn => "dependsOn".to_owned(),
            };
            format!("{} {}:{} {because}", need.address, need.span.line, need.span.column)
        })
        .collect();
    insta::assert_snapshot!(needs.join("\n"), @r"
    networks.net 11:26 field vpcAccess.network
    subnetworks.sub 11:43 field vpcAccess.subnetwork
    services.b 13:25 dependsOn
    jobs.c 13:17 dependsOn
    ");
}

#[test]
fn entries_that_know_each_others_names_make_no_cycle() {
    let text = with_head(
        "services:
  a: {image: x/y, env: {B: '${services.b.url}'}}
  b: {image: x/y, env: {C: '${services.c.url}'}}
  c: {image: x/y, env: {A: '${services.a.env.B}'}}
",
    );
    let stack = stack_of(&text, &inputs());
    assert!(stack.entries.iter().all(|entry| entry.doc.is_known()));
    assert_eq!(doc(&stack, "services.c"), r#"{image: "x/y", env: {A: "https://b-123456789012.us-central1.run.app"}}"#);
}

#[test]
fn secrets_are_hidden_wherever_they_go() {
    let text = with_head(
        "services:
  a: {image: x/y, env: {API_KEY: hunter2, PLAIN: '${services.b.env.DB_PASSWORD}', URL: 'x://${services.b.env.DB_PASSWORD}@h'}}
  b: {image: x/y, env: {DB_PASSWORD: '${env.DB_PASSWORD}', W: '${env.DB_PASSWORD}', TOKEN: '${services.a.uid}'}}
outputs: {o: '${services.b.env.W}'}
",
    );
    let draft = draft(&text);
    let built = build(&draft, &inputs());
    let stack = built.stack.unwrap();
    assert!(!format!("{:?}", built.findings).contains("hunter2"));
    assert_eq!(
        doc(&stack, "services.a"),
        r#"{image: "x/y", env: {API_KEY: ‹redacted›, PLAIN: ‹redacted›, URL: ‹redacted›}}"#
    );
    assert_eq!(
        doc(&stack, "services.b"),
        r#"{image: "x/y", env: {DB_PASSWORD: ‹redacted›, W: ‹redacted›, TOKEN: ‹redacted›}}"#
    );
    assert_eq!(plain(&stack.outputs[0].value), "‹redacted›");
    assert!(built.secrets.iter().any(|span| draft.sources.slice(*span) == "hunter2"));
}

#[test]
fn the_rest_of_the_head_is_taken_over() {
    let text = with_head(
        "state: gs://${project.id}-state/${region}
quotaProject: other-project
apis: [bigquery.googleapis.com, bigquery.googleapis.com, pubsub.googleapis.com]
moved: [{from: services.old, to: services.new}]
services:
  new: {image: x/y, lifecycle: {ignore: [env.A, 'labels[\"a b\"]'], strict: [labels], adopt: true, onDelete: keep}}
",
    );
    let stack = stack_of(&text, &Inputs::default());
    assert_eq!(stack.state.as_deref(), Some("gs://demo-project-state/us-central1"));
    assert_eq!(stack.quota_project.as_deref(), Some("other-project"));
    assert_eq!(stack.apis, ["bigquery.googleapis.com", "pubsub.googleapis.com"]);
    assert_eq!(stack.moved[0].from, Address::new("services", "old"));
    let lifecycle = &entry(&stack, "services.new").lifecycle;
    assert_eq!(lifecycle.ignore.iter().map(ToString::to_string).collect::<Vec<_>>(), ["env.A", r#"labels["a b"]"#]);
    assert_eq!((lifecycle.adopt, lifecycle.protect, lifecycle.on_delete), (true, false, Some(OnDelete::Keep)));
}
