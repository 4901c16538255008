//! What a file can have wrong, each with its place and its way out.

use super::*;

#[test]
fn every_fault_of_a_file_shows_in_one_run() {
    let text = with_head(
        "services:
  web:
    imgae: x
    prot: 1
    env: {A: 1, B: '${self.url}/api', C: '${services.api.url}', API_KEY: hunter2}
    dependson: []
  api: {image: 'a/b:c', vpcAccess: {network: nowhere}}
jobs:
  x: {image: a/b, region: us-central1-a, dependsOn: [services.web, services.wbe]}
servcies: {}
",
    );
    insta::assert_snapshot!(findings(&text), @r"
    6:5 unknown-field services.web: unknown field `imgae`
        ^ did you mean `image`?
        hint: `stackctl explain services` lists the fields
    7:5 unknown-field services.web: unknown field `prot`
        ^ did you mean `ports`?
        hint: `stackctl explain services` lists the fields
    8:74 secret-in-file services.web: `env.API_KEY` looks like a secret that stands in the file
        ^ shown as `‹redacted›` everywhere
        hint: keep it in `secrets:` and refer to it: `{secret: KEY}`
    9:5 unknown-field services.web: unknown field `dependson`
        ^ did you mean `dependsOn`?
        hint: `stackctl explain services` lists the fields
    10:46 unknown-reference services.api: `networks` has no entry `nowhere`
        ^ no such entry
        hint: add it under `networks:`, or name a network that lives elsewhere by `projects/…`
    12:27 bad-region jobs.x: `us-central1-a` is no region: this is a zone; its region is `us-central1`
    12:68 unknown-reference jobs.x: `services` has no entry `wbe`
        ^ did you mean `web`?
    13:1 unknown-section there is no section `servcies`
        ^ did you mean `services`?
    ");
}

#[test]
fn what_is_no_stack_ends_at_once() {
    let texts = ["", "- a\n- b\n", "hello world\n", "a:\n\tb: c\n", "stack: [\n", "stack: a\n---\nstack: b\n"];
    insta::assert_snapshot!(texts.map(findings).join("\n"), @r"
    1:1 empty-file the file is empty
        ^ a stack begins with `stack: NAME`
        hint: `stackctl init` writes one to start from

    1:1 not-a-stack a stack file is a map of sections; this is a list
        ^ a stack begins with `stack: NAME`
        hint: `stackctl init` writes one to start from

    1:1 not-a-stack a stack file is a map of sections; this is text
        ^ a stack begins with `stack: NAME`
        hint: `stackctl init` writes one to start from

    2:1 tab a tab stands where only spaces may
        ^ the parser stops here
        hint: indent with spaces, two a level

    1:8 yaml-syntax a `[` is opened and never closed
        ^ the parser stops here

    2:1 several-documents the file holds more than one YAML document
        ^ a second document begins here
        hint: give each as a file of its own with `-f`
    ");
}

#[test]
fn the_head_is_checked() {
    insta::assert_snapshot!(findings("networks: {}\n"), @r"
    1:1 missing-field `project` is missing
        ^ a stack needs `project: PROJECT_ID`
        hint: or try it without a cloud account: `--sandbox`
    1:1 missing-field `stack` is missing
        ^ a stack needs `stack: NAME`
    ");
    insta::assert_snapshot!(
        findings(
            "stack: My_Stack
project: 123456789012
region: us-central1-a
state: /tmp/x
quotaProject: X
apis: [run, bigquery.googleapis.com, 'bigquery.googleapis.com/v1', 5]
moved: [{from: services.a}, {from: a, to: services.b}]
netwroks: {}
variables: {x: 5}
outputs: [a]
defaults: {services: 3, srevices: {}}
x-anything: {goes: here}
"
        ),
        @r"
    1:8 bad-name `My_Stack` cannot name a stack: lower-case letters, digits and `-` only, a letter first, no `-` at the end
    2:10 bad-project `123456789012` is no project id: this is a project's number; the id is wanted
    3:9 bad-region `us-central1-a` is no region: this is a zone; its region is `us-central1`
    4:8 bad-state `/tmp/x` is no place for the inventory
        ^ `gs://bucket/prefix` belongs here
        hint: leave `state:` out to keep it in `.stackctl/` beside the file
    5:15 bad-project `X` is no project id: an id has 6 to 30 characters
    6:8 bad-api `run` is no name of an API
        ^ did you mean `run.googleapis.com`?
    6:38 bad-api `bigquery.googleapis.com/v1` is no name of an API
        ^ did you mean `bigquery.googleapis.com`?
    6:68 bad-api `5` is no name of an API
        ^ did you mean `5.googleapis.com`?
    7:9 missing-field `to` is missing
        ^ this needs `to`
    7:36 bad-address `a` is not an address; an address looks like `services.prefect-server`
    8:1 unknown-section there is no section `netwroks`
        ^ did you mean `networks`?
    9:16 wrong-type expected a map, found `5`
    10:10 wrong-type `outputs` is a map of values by name
        ^ a map belongs here
    11:22 wrong-type a default is a map of fields; this is text
        ^ a map belongs here
    11:25 unknown-section there is no section `srevices`
        ^ did you mean `services`?
    "
    );
}

#[test]
fn sections_and_entries_are_maps() {
    insta::assert_snapshot!(
        findings(&with_head("services: [a]\nnetworks:\n  a: x\n  'b[c]': {}\n  ok:\nsubnetworks:\njobs: text\n")),
        @r"
    4:11 wrong-type `services` is a map of entries; this is a list
        ^ a map belongs here
    6:6 wrong-type `networks.a` is a map of fields; this is text
        ^ a map belongs here
    7:3 bad-key `b[c]` cannot be a key
        ^ no `[` or `]`, no blanks around it
        hint: `KEY[ELEMENT]` are the keys that `forEach` makes
    10:7 wrong-type `jobs` is a map of entries; this is text
        ^ a map belongs here
    "
    );
}

#[test]
fn wrong_types_and_words_are_all_found() {
    let text = with_head(
        "sqlInstances:
  db:
    databaseVersion: POSTGRES_18
    tier: [db-f1-micro]
    edition: enterprise
    availabilityType: zonal
    dataApiAccess: ALLOW
    databaseFlags: [a]
    ipConfiguration:
      ipv4Enabled: 'false'
      sslMode: true
      pscConfig: {pscEnabled: yes, allowedConsumerProjects: demo}
    deletionProtectionEnabled: on
    lifecycle: {protect: 1, ignore: tier, onDelete: leave, adpot: true}
",
    );
    insta::assert_snapshot!(findings(&text), @r"
    7:11 wrong-type sqlInstances.db: expected text, found a list
    8:14 wrong-value sqlInstances.db: `enterprise` is not one of the allowed values
        ^ did you mean `ENTERPRISE`?
        hint: allowed: `ENTERPRISE`, `ENTERPRISE_PLUS` or `DEVELOPER`
    9:23 wrong-value sqlInstances.db: `zonal` is not one of the allowed values
        ^ did you mean `ZONAL`?
        hint: allowed: `ZONAL` or `REGIONAL`
    10:20 wrong-value sqlInstances.db: `ALLOW` is not one of the allowed values
        ^ not allowed here
        hint: allowed: `DISALLOW_DATA_API` or `ALLOW_DATA_API`
    11:20 wrong-type sqlInstances.db: expected a map, found a list
    13:20 wrong-type sqlInstances.db: expected `true` or `false`, found the text `false`: write it without quotes
    14:16 wrong-value sqlInstances.db: `true` is not one of the allowed values
        ^ not allowed here
        hint: allowed: `ALLOW_UNENCRYPTED_AND_ENCRYPTED`, `ENCRYPTED_ONLY` or `TRUSTED_CLIENT_CERTIFICATE_REQUIRED`
    15:31 wrong-type sqlInstances.db: expected `true` or `false`, found `yes`
    15:61 wrong-type sqlInstances.db: expected a list, found `demo`: write `[demo]`
    16:32 wrong-type sqlInstances.db: expected `true` or `false`, found `on`
    17:26 wrong-type sqlInstances.db: expected `true` or `false`, found `1`
    17:37 wrong-type sqlInstances.db: expected a list, found `tier`: write `[tier]`
    17:53 wrong-value sqlInstances.db: `leave` is not one of the allowed values
        ^ not allowed here
        hint: allowed: `delete` or `keep`
    17:60 unknown-field sqlInstances.db: unknown field `adpot`
        ^ did you mean `adopt`?
    ");
}

#[test]
fn a_reference_to_nothing_says_what_may_be_meant() {
    let text = with_head(
        "networks:
  main: {autoCreateSubnetworks: false}
  odd.name: {autoCreateSubnetworks: false}
subnetworks:
  inner: {network: mian, ipCidrRange: 10.0.0.0/24}
  wrong-kind: {network: inner, ipCidrRange: 10.0.1.0/24}
  as-address: {network: networks.main, ipCidrRange: 10.0.2.0/24}
  as-other: {network: subnetworks.inner, ipCidrRange: 10.0.3.0/24}
  elsewhere: {network: projects/host/global/networks/shared, ipCidrRange: 10.0.4.0/24}
  as-url: {network: 'https://www.googleapis.com/compute/v1/projects/host/global/networks/shared', ipCidrRange: 10.0.5.0/24}
  half: {network: global/networks/shared, ipCidrRange: 10.0.6.0/24}
  empty: {network: '', ipCidrRange: 10.0.7.0/24}
  unrelated: {network: zebra, ipCidrRange: 10.0.8.0/24}
  number: {network: 5, ipCidrRange: 10.0.9.0/24}
",
    );
    insta::assert_snapshot!(findings(&text), @r#"
    6:3 bad-name networks["odd.name"]: `odd.name` cannot name a network: `.` is not allowed; a name has 1 to 63 lower case letters, digits and hyphens, begins with a letter and does not end with a hyphen
        hint: `name:` gives an entry another name than its key
    8:20 unknown-reference subnetworks.inner: `networks` has no entry `mian`
        ^ did you mean `main`?
    9:25 wrong-kind subnetworks.wrong-kind: `inner` is in `subnetworks`; this refers to `networks`
        ^ a key of `networks` belongs here
    10:25 bad-reference subnetworks.as-address: a reference to `networks` is the key alone
        ^ write `main`
    11:23 wrong-kind subnetworks.as-other: `subnetworks.inner` cannot stand here: this refers to `networks`
        ^ a key of `networks` belongs here
    14:19 bad-reference subnetworks.half: `global/networks/shared` is neither a key nor a full Google path
        ^ a key of `networks` belongs here, or `projects/…`
    15:20 wrong-type subnetworks.empty: expected a key or a full Google path, found nothing
    16:24 unknown-reference subnetworks.unrelated: `networks` has no entry `zebra`
        ^ no such entry
        hint: add it under `networks:`, or name a network that lives elsewhere by `projects/…`
    17:21 unknown-reference subnetworks.number: `networks` has no entry `5`
        ^ no such entry
        hint: add it under `networks:`, or name a network that lives elsewhere by `projects/…`
    "#);
}

#[test]
fn expressions_name_what_there_is() {
    let text = with_head(
        "services:
  web:
    image: us-docker.pkg.dev/x/y/z
    env:
      A: ${service.web.url}
      B: ${services.wbe.url}
      C: ${services.api.ulr}
      D: ${services.api}
      E: a ${services.api.url and more
      F: ${HOME}
      G: ${var.x}
      H: ${each.key}
      I: ${env.NOT_SET}
      J: ${env.NOT_SET:?set it to something}
      K: ${file(\"secret.txt\")}
      L: ${self.imgae}
      M: >-
        folded
        ${services.nope.url}
      N: ok $${HOME}
      ${x}: y
  api: {image: us-docker.pkg.dev/x/y/z, name: '${services.web.url}'}
outputs: {a: '${self.url}', b: '${services.web.nope}', c: '${networks.x.id}'}
",
    );
    insta::assert_snapshot!(findings(&text), @r"
    8:12 unknown-section services.web: there is no section `service`
        ^ did you mean `services`?
    9:21 unknown-reference services.web: `services` has no entry `wbe`
        ^ did you mean `web`?
    10:12 unknown-output services.web: `services.api` has no output `ulr`
        ^ did you mean `url`?
    11:21 no-output services.web: `${services.api}` names no output
        ^ an output belongs behind it
        hint: it has `url`, `uri`, `urls`, `latestReadyRevision`, `latestCreatedRevision` or `uid`
    12:12 bad-expression services.web: `${services.api.url and more` is never closed
        ^ a `}` is missing
        hint: quote the value if it holds ` #` or `: `; write `$${` for a literal `${`
    13:12 bad-expression services.web: `HOME` alone is not an expression
        ^ no section, and nothing behind it
        hint: write `${env.HOME}` for the environment variable, `$${HOME}` for a literal
    14:10 undeclared-variable services.web: the stack declares no variable `x`
        hint: declare it: `variables: {x: {type: string}}`
    15:10 bad-expression services.web: `each` has a meaning only in an entry with `forEach`
    16:10 unset-environment services.web: the environment variable `NOT_SET` is not set
        hint: `export NOT_SET=…`, or give a default: `${env.NOT_SET:-…}`
    17:10 unset-environment services.web: the environment variable `NOT_SET` is not set: set it to something
        hint: `export NOT_SET=…`
    18:10 unreadable-file services.web: the file `secret.txt` cannot be read: it was not loaded
    19:12 unknown-output services.web: `services.web` has no output `imgae`
        ^ did you mean `image`?
    22:20 unknown-reference services.web: `services` has no entry `nope`
        ^ no such entry
    24:7 expression-in-key services.web: a key cannot hold an expression
        ^ keys are plain text
    25:48 not-yet-known services.api: this must be known before anything is read from the cloud: outputs cannot stand here
    26:15 bad-expression `self` is an entry; here is none
    26:35 unknown-output `services.web` has no output `nope`
        ^ neither an output nor a field that the file sets
        hint: `services` has `url`, `uri`, `urls`, `latestReadyRevision`, `latestCreatedRevision`, `uid`, `name`, `project` or `region`
    26:71 unknown-reference `networks` has no entry `x`
        ^ no such entry
    ");
}

#[test]
fn a_cycle_is_shown_whole_with_its_lines() {
    let text = with_head(
        "services:
  a: {image: x/y, env: {B: '${services.b.latestReadyRevision}'}}
  b:
    image: x/y
    dependsOn: [jobs.c]
jobs:
  c: {image: x/y, env: {A: 'x-${services.a.uid}'}}
  alone: {image: x/y, dependsOn: [jobs.alone]}
",
    );
    insta::assert_snapshot!(findings(&text), @r"
    5:31 cycle services.a: these entries need each other: `services.a` → `services.b` → `jobs.c` → `services.a`
        ^ `services.a` waits for an output of `services.b` here
        8:17 `services.b` depends on `jobs.c` here
        10:33 `jobs.c` waits for an output of `services.a` here
        hint: break it with a value that is known beforehand, or move one side to an entry of its own
    11:35 cycle jobs.alone: `jobs.alone` depends on itself
    ");
}

#[test]
fn two_entries_cannot_be_one_resource() {
    let text = with_head(
        "services:
  a: {image: x/y, name: same}
  b: {image: x/y, name: same}
  c: {image: x/y, name: same, region: europe-west1}
  d: {image: x/y, name: same, project: other-project}
",
    );
    insta::assert_snapshot!(findings(&text), @r"
    6:3 same-resource services.b: `services.a` and `services.b` are one resource: `//run.googleapis.com/projects/demo-project/locations/us-central1/services/same`
        ^ again here
        5:3 first here
        hint: give one of them another `name:`, or another place
    ");
}

#[test]
fn names_are_checked_by_the_rule_of_their_kind() {
    let text = with_head(
        "networks:
  Upper: {autoCreateSubnetworks: false}
services:
  under_score: {image: x/y}
  fine: {image: x/y, name: -dash}
",
    );
    insta::assert_snapshot!(findings(&text), @r"
    5:3 bad-name networks.Upper: `Upper` cannot name a network: `U` is not allowed; a name has 1 to 63 lower case letters, digits and hyphens, begins with a letter and does not end with a hyphen
        hint: `name:` gives an entry another name than its key
    7:3 bad-name services.under_score: `under_score` cannot name a service: `_` is not allowed; a name has 1 to 49 lower case letters, digits and hyphens, begins with a letter and does not end with a hyphen
        hint: `name:` gives an entry another name than its key
    8:28 bad-name services.fine: `-dash` cannot name a service: it does not begin with a letter; a name has 1 to 49 lower case letters, digits and hyphens, begins with a letter and does not end with a hyphen
        hint: `name:` gives an entry another name than its key
    ");
}

#[test]
fn a_region_is_needed_where_a_kind_has_one() {
    let text =
        "stack: demo\nproject: demo-project\nservices:\n  a: {image: x/y}\n  b: {image: x/y, region: us-central1}\n";
    insta::assert_snapshot!(findings(text), @r"
    4:3 no-region services.a: a service needs a region
        hint: write `region: us-central1` at the top of the file, or `region:` here
    ");
}

#[test]
fn moves_are_checked() {
    let text = with_head(
        "moved:
  - {from: services.old, to: services.new}
  - {from: services.new, to: services.old}
  - {from: services.old, to: services.new}
  - {from: jobs.x, to: services.new}
  - {from: services.y, to: services.y}
  - {from: services.z, to: services.nwe}
services:
  new: {image: x/y}
",
    );
    insta::assert_snapshot!(findings(&text), @r"
    6:5 bad-move `services.new` moves away and still stands in the file
        12:3 here
    7:5 bad-move `services.old` moves twice
        5:5 first here
    8:5 bad-move `jobs.x` cannot become `services.new`: they are of different kinds
        hint: a resource keeps its kind; delete the one and create the other
    9:5 bad-move `services.y` moves to itself
    10:5 bad-move `services` has no entry `nwe`
        ^ did you mean `new`?
    ");
}

#[test]
fn for_each_is_a_map_or_a_list_of_texts() {
    let text = with_head(
        "services:
  a: {image: x/y, forEach: 5}
  b: {image: x/y, forEach: [eu, eu, [us]]}
  c: {image: x/y, forEach: {'x[y]': 1}}
  d: {image: x/y, forEach: [eu, us], env: {X: '${each.value.region}', Y: '${each.kye}'}}
  e: {image: x/y, env: {URL: '${services.d.url}', OK: '${services.d[eu].url}', NO: '${services.d[jp].url}'}}
",
    );
    insta::assert_snapshot!(findings(&text), @r#"
    5:28 wrong-type `forEach` is a map, or a list of texts
        ^ `{eu: europe-west1, us: us-central1}` or `[a, b]` belongs here
    6:28 wrong-type `forEach` is a map, or a list of texts
        ^ `{eu: europe-west1, us: us-central1}` or `[a, b]` belongs here
    6:33 duplicate-key `eu` stands twice in one `forEach`
    7:37 bad-key `x[y]` cannot be the key of a `forEach` element
    8:48 bad-expression services["d[eu]"]: `each.value` has no `region`
    8:82 bad-expression services["d[eu]"]: `each` has no `kye`
        ^ did you mean `key`?
    9:42 one-of-many services.e: `services.d` stands for several entries: it has a `forEach`
        ^ one of them belongs here
        hint: name one, such as `d[eu]`; inside a `forEach`: `d[${each.key}]`
    9:96 unknown-reference services.e: `services` has no entry `d[jp]`
        ^ did you mean `d[eu]`?
    "#);
}

#[test]
fn literals_that_look_like_secrets_are_warned_about() {
    let text = with_head(
        "services:
  a:
    image: x/y
    env:
      API_KEY: hunter2
      DB_URL: postgres://user:hunter2@10.0.0.5/db
      FROM_ENV: fine
      AUTH_TOKEN: ${env.AUTH_TOKEN:-}
      PARTLY: https://u:hunter2@${self.url}/
",
    );
    insta::assert_snapshot!(findings(&text), @r"
    8:16 secret-in-file services.a: `env.API_KEY` looks like a secret that stands in the file
        ^ shown as `‹redacted›` everywhere
        hint: keep it in `secrets:` and refer to it: `{secret: KEY}`
    9:15 secret-in-file services.a: `env.DB_URL` looks like a secret that stands in the file
        ^ shown as `‹redacted›` everywhere
        hint: keep it in `secrets:` and refer to it: `{secret: KEY}`
    12:15 secret-in-file services.a: `env.PARTLY` looks like a secret that stands in the file
        ^ shown as `‹redacted›` everywhere
        hint: keep it in `secrets:` and refer to it: `{secret: KEY}`
    ");
}

#[test]
fn a_short_file_cannot_fill_the_memory() {
    let each: Vec<String> = (0..3000).map(|n| format!("k{n}")).collect();
    let env: Vec<String> = (0..1000).map(|n| format!("V{n}: x")).collect();
    let text = with_head(&format!(
        "services:\n  a: {{image: x/y, forEach: [{}], env: {{{}}}}}\n",
        each.join(", "),
        env.join(", ")
    ));
    assert!(findings(&text).contains("too-many-nodes"), "{}", findings(&text));
    let long = "x".repeat(1_000_000);
    let uses: Vec<String> = (0..2000).map(|n| format!("V{n}: '${{var.long}}'")).collect();
    let text = with_head(&format!(
        "variables: {{long: {{default: {long}}}}}\nservices:\n  a: {{image: x/y, env: {{{}}}}}\n",
        uses.join(", ")
    ));
    assert!(findings(&text).contains("too-many-nodes"));
}

#[test]
fn faults_of_an_expression_are_not_repeated_by_its_field() {
    let text =
        with_head("services:\n  a: {image: x/y, maxInstanceRequestConcurrency: '${env.NOT_SET}', name: '${env.NO}'}\n");
    insta::assert_snapshot!(findings(&text), @r"
    5:51 unset-environment services.a: the environment variable `NOT_SET` is not set
        hint: `export NOT_SET=…`, or give a default: `${env.NOT_SET:-…}`
    5:75 unset-environment services.a: the environment variable `NO` is not set
        hint: `export NO=…`, or give a default: `${env.NO:-…}`
    ");
}
