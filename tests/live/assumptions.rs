//! What is assumed of Google and was never seen: each with its source, and how recorded traffic confirms or refutes it.
//!
//! `docs/fidelity.md` lists them; the live suite holds them against what Google answered.

use serde_json::Value as Json;

/// Something that is taken for true.
pub struct Assumption {
    pub id: &'static str,
    /// The section it is about, and its operation: columns of `docs/fidelity.md`.
    pub section: &'static str,
    pub operation: &'static str,
    pub assumed: &'static str,
    pub source: &'static str,
    check: fn(&[Line<'_>]) -> Verdict,
}

/// What a record says of an assumption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Confirmed(String),
    Refuted(String),
    /// Nothing of the kind was recorded.
    Unseen,
}

/// A line of a record.
#[derive(Clone, Copy)]
pub struct Line<'a>(pub &'a Json);

impl<'a> Line<'a> {
    fn is(&self, method: &str, path: &str) -> bool {
        self.0["method"] == method && self.path().contains(path)
    }

    fn path(&self) -> &'a str {
        self.0["path"].as_str().unwrap_or_default()
    }

    fn status(&self) -> u64 {
        self.0["status"].as_u64().unwrap_or(0)
    }

    fn body(&self) -> &'a Json {
        &self.0["body"]
    }

    fn answer(&self) -> &'a Json {
        &self.0["response"]
    }

    fn is_dry_run(&self) -> bool {
        self.0["query"]["validateOnly"] == "true"
    }

    fn seq(&self) -> String {
        format!("line {}", self.0["seq"])
    }
}

impl Assumption {
    /// What the record says.
    pub fn verdict(&self, record: &[Json]) -> Verdict {
        (self.check)(&record.iter().map(Line).collect::<Vec<_>>())
    }
}

/// Every answer to such a request shows it; one that does not refutes it.
fn all<'a>(lines: impl Iterator<Item = Line<'a>>, shows: impl Fn(Line<'a>) -> bool) -> Verdict {
    let mut count = 0;
    for line in lines {
        if !shows(line) {
            return Verdict::Refuted(format!("{}: {} {}", line.seq(), line.path(), cut(line.answer())));
        }
        count += 1;
    }
    if count == 0 { Verdict::Unseen } else { Verdict::Confirmed(format!("{count} answers")) }
}

/// One such answer is enough; `asked` are the requests that could have shown it.
fn once<'a>(asked: impl Iterator<Item = Line<'a>>, shows: impl Fn(Line<'a>) -> bool) -> Verdict {
    let mut last = None;
    for line in asked {
        if shows(line) {
            return Verdict::Confirmed(line.seq());
        }
        last = Some(line);
    }
    last.map_or(Verdict::Unseen, |line| Verdict::Refuted(format!("{}: {}", line.seq(), cut(line.answer()))))
}

fn cut(json: &Json) -> String {
    json.to_string().chars().take(200).collect()
}

fn of<'a>(lines: &[Line<'a>], method: &'static str, path: &'static str) -> impl Iterator<Item = Line<'a>> {
    lines.iter().copied().filter(move |line| line.is(method, path))
}

fn reads<'a>(lines: &[Line<'a>], path: &'static str) -> impl Iterator<Item = Line<'a>> {
    of(lines, "GET", path).filter(|line| line.status() == 200)
}

fn reason<'a>(line: &Line<'a>) -> &'a str {
    let error = &line.answer()["error"];
    error["errors"][0]["reason"].as_str().or(error["status"].as_str()).unwrap_or_default()
}

fn is_endpoint(line: &Line<'_>) -> bool {
    line.body()["target"].as_str().is_some_and(|target| target.contains("/serviceAttachments/"))
}

/// What is assumed. Those that a plain run cannot show are confirmed only where they happen.
pub const ASSUMPTIONS: &[Assumption] = &[
    Assumption {
        id: "A1",
        section: "forwardingRules",
        operation: "create",
        assumed: "an endpoint of Private Service Connect is taken with an empty `loadBalancingScheme`",
        source: "Terraform's provider sends it so; gcloud leaves it out",
        check: |lines| all(of(lines, "POST", "/forwardingRules").filter(is_endpoint), |line| line.status() == 200),
    },
    Assumption {
        id: "A2",
        section: "forwardingRules",
        operation: "create",
        assumed: "`pscConnectionStatus` becomes `ACCEPTED` by itself where the project is allowed",
        source: "Google's page on Private Service Connect for Cloud SQL",
        check: |lines| {
            let rules = reads(lines, "/forwardingRules").filter(|line| !line.answer()["pscConnectionStatus"].is_null());
            once(rules, |line| line.answer()["pscConnectionStatus"] == "ACCEPTED")
        },
    },
    Assumption {
        id: "A3",
        section: "workerPools",
        operation: "create",
        assumed: "a worker pool's create begins an operation, as a service's does",
        source: "discovery (run v2); services were recorded",
        check: |lines| {
            let creates = of(lines, "POST", "/workerPools").filter(|line| !line.is_dry_run());
            all(creates, |line| line.answer()["name"].as_str().is_some_and(|name| name.contains("/operations/")))
        },
    },
    Assumption {
        id: "A4",
        section: "workerPools",
        operation: "read",
        assumed: "a worker pool shows its health in `terminalCondition`, as a service does",
        source: "discovery (run v2); services were recorded",
        check: |lines| {
            let pools = reads(lines, "/workerPools/");
            once(pools, |line| line.answer()["terminalCondition"]["state"] == "CONDITION_SUCCEEDED")
        },
    },
    Assumption {
        id: "A5",
        section: "sqlInstances",
        operation: "create",
        assumed: "an instance with `pscEnabled` has its `pscServiceAttachmentLink` once its create is done",
        source: "discovery (sqladmin v1); no instance with PSC was recorded",
        check: |lines| {
            let runnable = reads(lines, "/instances/").filter(|line| line.answer()["state"] == "RUNNABLE");
            all(runnable, |line| {
                let link = line.answer()["pscServiceAttachmentLink"].as_str();
                link.is_some_and(|link| link.contains("/serviceAttachments/"))
            })
        },
    },
    Assumption {
        id: "A6",
        section: "sqlInstances",
        operation: "read",
        assumed: "`settings.dataApiAccess` is read back as it was set",
        source: "discovery (sqladmin v1)",
        check: |lines| {
            let runnable = reads(lines, "/instances/").filter(|line| line.answer()["state"] == "RUNNABLE");
            all(runnable, |line| line.answer()["settings"]["dataApiAccess"] == "ALLOW_DATA_API")
        },
    },
    Assumption {
        id: "A7",
        section: "sqlInstances",
        operation: "update",
        assumed: "while another operation runs on the instance the refusal is 409 `operationInProgress`",
        source: "Google's page on Cloud SQL errors; never recorded",
        check: |lines| {
            let busy = lines.iter().copied().filter(|line| line.path().contains("/instances/"));
            all(busy.filter(|line| line.status() == 409), |line| reason(&line) == "operationInProgress")
        },
    },
    Assumption {
        id: "A8",
        section: "sqlInstances",
        operation: "delete",
        assumed: "an instance is deleted by one request, which answers with an operation",
        source: "recorded without PSC",
        check: |lines| {
            let deletes = of(lines, "DELETE", "/instances/").filter(|line| !line.path().contains("/users"));
            all(deletes.filter(|line| !line.path().contains("/databases")), |line| {
                line.answer()["kind"] == "sql#operation"
            })
        },
    },
    Assumption {
        id: "A9",
        section: "sqlUsers",
        operation: "create",
        assumed: "on PostgreSQL a service account's login is its address without `.gserviceaccount.com`, and is read back so",
        source: "gcloud sends it so; Google's page on IAM logins",
        check: |lines| {
            let lists = reads(lines, "/users").filter(|line| !line.answer()["items"].is_null());
            once(lists, |line| {
                let users = line.answer()["items"].as_array().into_iter().flatten();
                users.into_iter().any(|user| {
                    user["type"] == "CLOUD_IAM_SERVICE_ACCOUNT"
                        && user["name"].as_str().is_some_and(|name| name.ends_with(".iam"))
                })
            })
        },
    },
    Assumption {
        id: "A10",
        section: "services",
        operation: "create",
        assumed: "`urls` holds `https://NAME-PROJECTNUMBER.REGION.run.app`, which is known before the service exists",
        source: "Google's page on Cloud Run URLs; the recordings are older",
        check: |lines| {
            let services = reads(lines, "/services/").filter(|line| !line.answer()["uri"].is_null());
            all(services, |line| {
                let urls = line.answer()["urls"].as_array().into_iter().flatten().filter_map(Json::as_str);
                let name = line.path().rsplit('/').next().unwrap_or_default();
                let start = format!("https://{name}-");
                urls.into_iter().any(|url| {
                    let rest = url.strip_prefix(start.as_str()).and_then(|rest| rest.split('.').next());
                    rest.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
                })
            })
        },
    },
    Assumption {
        id: "A11",
        section: "services",
        operation: "create",
        assumed: "`validateOnly` checks a request and makes nothing",
        source: "discovery (run v2)",
        check: |lines| {
            let asked = lines.iter().copied().filter(Line::is_dry_run);
            all(asked, |line| line.status() == 200 || line.status() == 400 || line.status() == 403)
        },
    },
    Assumption {
        id: "A12",
        section: "secrets",
        operation: "create",
        assumed: "a version that comes with `dataCrc32c` is answered with `clientSpecifiedPayloadChecksum`",
        source: "discovery (secretmanager v1)",
        check: |lines| {
            let added = of(lines, "POST", ":addVersion").filter(|line| line.status() == 200);
            all(added, |line| line.answer()["clientSpecifiedPayloadChecksum"] == true)
        },
    },
    Assumption {
        id: "A13",
        section: "subnetworks",
        operation: "delete",
        assumed: "Cloud Run leaves an address of purpose `SERVERLESS` on the subnetwork, which keeps it from being deleted",
        source: "reports of users; 75 to 130 minutes",
        check: |lines| {
            let lists = reads(lines, "/addresses").filter(|line| !line.answer()["items"].is_null());
            once(lists, |line| {
                let addresses = line.answer()["items"].as_array().into_iter().flatten();
                addresses.into_iter().any(|address| address["purpose"] == "SERVERLESS")
            })
        },
    },
    Assumption {
        id: "A14",
        section: "iamBindings",
        operation: "create",
        assumed: "a policy with a stale etag is refused with 409 or 412",
        source: "Google's page on IAM policies; no conflict was recorded",
        check: |lines| {
            let refused = of(lines, "POST", ":setIamPolicy").filter(|line| matches!(line.status(), 400 | 409 | 412));
            all(refused, |line| line.status() != 400)
        },
    },
    Assumption {
        id: "A15",
        section: "repositories",
        operation: "delete",
        assumed: "a repository is deleted by an operation, with all that is in it",
        source: "discovery (artifactregistry v1)",
        check: |lines| {
            let deletes = of(lines, "DELETE", "/repositories/");
            all(deletes, |line| line.answer()["name"].as_str().is_some_and(|name| name.contains("/operations/")))
        },
    },
];
