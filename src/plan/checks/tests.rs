use std::collections::BTreeSet;

use super::*;
use crate::stack::{File, Inputs, build, parse};

fn stack(body: &str) -> Stack {
    let text = format!("stack: demo\nproject: demo-project\nregion: us-central1\n{body}");
    let draft = parse(&[File { name: "stack.yaml".into(), bytes: text.into_bytes() }], &[]).expect("a YAML file");
    let built = build(&draft, &Inputs::default());
    built.stack.unwrap_or_else(|| panic!("{:#?}", built.findings))
}

/// What the rules find: place, code, entry, words and the way out.
fn found(body: &str) -> String {
    let lines = offline(&stack(body)).into_iter().map(|finding| {
        let span = finding.span.expect("every finding has a place");
        let address = finding.address.expect("every finding has an entry");
        let hint = finding.hint.expect("every finding has a way out");
        format!(
            "{}:{} {:?} {} {address}: {}\n    {hint}",
            span.line, span.column, finding.severity, finding.code, finding.message
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

const NETS: &str = "networks: {n: {autoCreateSubnetworks: false}, m: {autoCreateSubnetworks: false}}\n";

#[test]
fn every_rule_has_its_own_words_and_codes() {
    let words: BTreeSet<&str> = RULES.iter().map(|rule| rule.holds).collect();
    let codes: Vec<&str> = RULES.iter().flat_map(|rule| rule.codes).copied().collect();
    assert_eq!(words.len(), RULES.len());
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len(), "{codes:?}");
}

#[test]
fn addresses_lie_in_their_subnetwork_and_are_used_once() {
    let body = NETS.to_owned()
        + "subnetworks: {s: {network: n, ipCidrRange: 10.0.0.0/24}, t: {network: m, ipCidrRange: 10.0.0.0/24}}
addresses:
  fine: {subnetwork: s, address: 10.0.0.5}
  other-network: {subnetwork: t, address: 10.0.0.5}
  twice: {subnetwork: s, address: 10.0.0.5}
  outside: {subnetwork: s, address: 10.0.1.5}
  first: {subnetwork: s, address: 10.0.0.1}
  last: {subnetwork: s, address: 10.0.0.254}
  free: {subnetwork: s}
";
    insta::assert_snapshot!(found(&body), @"
        9:35 Error address-twice addresses.twice: `10.0.0.5` is also the address of `addresses.fine`
            take another one, or leave `address` out: Google picks a free one
        10:37 Error address-outside addresses.outside: `10.0.1.5` is not in `10.0.0.0/24`, the range of `subnetworks.s`
            take one from `10.0.0.2` to `10.0.0.253`
        11:35 Error address-reserved addresses.first: `10.0.0.1` is kept by Google: the first two and the last two of `10.0.0.0/24` are
            take `10.0.0.5`, for example
        12:34 Error address-reserved addresses.last: `10.0.0.254` is kept by Google: the first two and the last two of `10.0.0.0/24` are
            take `10.0.0.5`, for example
        ");
}

#[test]
fn ranges_of_one_network_do_not_overlap() {
    let body = "networks: {n: {autoCreateSubnetworks: false}, m: {autoCreateSubnetworks: false}, auto: {autoCreateSubnetworks: true}}
subnetworks:
  wide: {network: n, ipCidrRange: 10.0.0.0/16}
  inside: {network: n, ipCidrRange: 10.0.3.0/24}
  beside: {network: n, ipCidrRange: 10.1.0.0/24, secondaryIpRanges: [{rangeName: pods, ipCidrRange: 10.0.128.0/20}]}
  elsewhere: {network: m, ipCidrRange: 10.0.0.0/16}
  by-hand: {network: auto, ipCidrRange: 10.130.0.0/24}
";
    insta::assert_snapshot!(found(body), @"
        7:37 Error ranges-overlap subnetworks.inside: `10.0.3.0/24` overlaps `10.0.0.0/16` of `subnetworks.wide`, in the same network
            give each subnetwork of a network a range of its own
        8:101 Error ranges-overlap subnetworks.beside: `10.0.128.0/20` overlaps `10.0.0.0/16` of `subnetworks.wide`, in the same network
            give each subnetwork of a network a range of its own
        10:41 Error ranges-overlap subnetworks.by-hand: `10.130.0.0/24` lies in `10.128.0.0/9`, which a network in auto mode takes for itself
            write `autoCreateSubnetworks: false` on the network, or take a range elsewhere
        ");
}

#[test]
fn what_is_used_together_stands_in_one_region_and_network() {
    let body = NETS.to_owned()
        + "subnetworks: {s: {network: n, ipCidrRange: 10.0.0.0/24, region: europe-west1}, small: {network: n, ipCidrRange: 10.1.0.0/27}}
addresses: {a: {subnetwork: s}}
services:
  web: {image: 'a/b:c', vpcAccess: {network: n, subnetwork: s}}
  other: {image: 'a/b:c', vpcAccess: {network: m, subnetwork: small}}
";
    insta::assert_snapshot!(found(&body), @"
        6:29 Error other-region addresses.a: `addresses.a` stands in `us-central1`, `subnetworks.s` in `europe-west1`
            both must stand in one region: set `region:`
        8:61 Error other-region services.web: `services.web` stands in `us-central1`, `subnetworks.s` in `europe-west1`
            both must stand in one region: set `region:`
        9:63 Error other-network services.other: `subnetworks.small` is of the network `projects/demo-project/global/networks/n`, not of `projects/demo-project/global/networks/m`
            name a subnetwork of `projects/demo-project/global/networks/m`, or the other network
        9:63 Error subnetwork-too-small services.other: `subnetworks.small` is too small for direct VPC egress: `10.1.0.0/27`
            give it a range of /26 or larger; a range can grow later, not shrink
        ");
}

#[test]
fn who_reads_a_secret_may_read_it() {
    let body = "serviceAccounts: {web-account: {}, free-account: {}}
secrets:
  closed: {generate: {length: 8}}
  open: {generate: {length: 8}, iam: [{role: roles/secretmanager.secretAccessor, members: [serviceAccount:web-account]}]}
iamBindings:
  all: {role: roles/secretmanager.secretAccessor, members: [serviceAccount:free-account]}
services:
  a: {image: 'a/b:c', serviceAccount: web-account, env: {X: {secret: closed}, Y: {secret: open}, Z: {secret: closed}}}
  b: {image: 'a/b:c', serviceAccount: free-account, env: {X: {secret: closed}}}
  c: {image: 'a/b:c', serviceAccount: someone@else.iam.gserviceaccount.com, env: {X: {secret: closed}}}
";
    insta::assert_snapshot!(found(body), @r#"
        11:70 Warning secret-not-readable services.a: `serviceAccount:web-account@demo-project.iam.gserviceaccount.com` may not read `secrets.closed`
            add `iam: [{role: roles/secretmanager.secretAccessor, members: ["serviceAccount:web-account@demo-project.iam.gserviceaccount.com"]}]` to `secrets.closed`
        "#);
}

#[test]
fn an_endpoint_needs_an_instance_that_lets_it_in() {
    let body = NETS.to_owned()
        + "subnetworks: {s: {network: n, ipCidrRange: 10.0.0.0/24}}
addresses: {a: {subnetwork: s}, b: {subnetwork: s}, c: {subnetwork: s}}
sqlInstances:
  closed: {databaseVersion: POSTGRES_18, edition: ENTERPRISE, tier: db-f1-micro}
  far: {databaseVersion: POSTGRES_18, edition: ENTERPRISE, tier: db-f1-micro, region: europe-west1, ipConfiguration: {ipv4Enabled: false, pscConfig: {pscEnabled: true, allowedConsumerProjects: [demo-project]}}}
forwardingRules:
  to-closed: {network: n, address: a, target: '${sqlInstances.closed.pscServiceAttachmentLink}'}
  to-far: {network: n, address: b, target: '${sqlInstances.far.pscServiceAttachmentLink}'}
  global: {network: n, address: c, allowPscGlobalAccess: true, target: '${sqlInstances.far.pscServiceAttachmentLink}'}
";
    insta::assert_snapshot!(found(&body), @"
        11:47 Error psc-off forwardingRules.to-closed: `sqlInstances.closed` has no Private Service Connect to connect to
            set `ipConfiguration.pscConfig.pscEnabled: true` on `sqlInstances.closed`
        12:44 Error psc-other-region forwardingRules.to-far: the endpoint stands in `us-central1`, `sqlInstances.far` in `europe-west1`
            put it in `europe-west1`, or set `allowPscGlobalAccess: true`
        ");
}

#[test]
fn iam_users_can_log_in() {
    let body = "serviceAccounts: {web-account: {}, granted: {}}
iamBindings: {login: {role: roles/cloudsql.instanceUser, members: [serviceAccount:granted]}}
sqlInstances:
  off: {databaseVersion: POSTGRES_18, edition: ENTERPRISE, tier: db-f1-micro}
  on: {databaseVersion: POSTGRES_18, edition: ENTERPRISE, tier: db-f1-micro, databaseFlags: {cloudsql.iam_authentication: 'on'}}
sqlUsers:
  a: {instance: off, serviceAccount: granted}
  b: {instance: on, serviceAccount: granted}
  c: {instance: on, serviceAccount: web-account}
";
    insta::assert_snapshot!(found(body), @r#"
        10:38 Warning iam-login-off sqlUsers.a: `sqlInstances.off` does not let IAM users log in
            add `databaseFlags: {cloudsql.iam_authentication: "on"}` to `sqlInstances.off`
        12:37 Warning iam-login-not-granted sqlUsers.c: `serviceAccount:web-account@demo-project.iam.gserviceaccount.com` may not log in to the instance
            add a binding under `iamBindings`: `{role: roles/cloudsql.instanceUser, members: ["serviceAccount:web-account@demo-project.iam.gserviceaccount.com"]}`
        "#);
}
