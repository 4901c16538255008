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
  api: {image: 'a/b:c', serviceAccount: prefect-sa}
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
        ^ did you mean `dependsOnContainers`?
        hint: `stackctl explain services` lists the fields
    10:41 unknown-reference services.api: `serviceAccounts` has no entry `prefect-sa`
        ^ no such entry
        hint: add it under `serviceAccounts:`, or name a resource that lives elsewhere by an e-mail address
    12:27 bad-region jobs.x: `us-central1-a` is no region: this is a zone; its region is `us-central1`
    12:68 unknown-reference jobs.x: `services` has no entry `wbe`
        ^ did you mean `web`?
    13:1 unknown-section there is no section `servcies`
        ^ did you mean `services`?
    ");
}
