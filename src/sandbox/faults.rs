//! Faults that tests order: refused, lost, late and flapping answers.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::route::Route;
use crate::wire::http::Body;
use crate::wire::{Request, Response};

/// Which requests a fault hits, and how often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// The method's id (`compute.networks.insert`), a part of the path, or `*`.
    pub on: String,
    /// How many matching requests pass before the first is hit.
    #[serde(default)]
    pub skip: u32,
    /// How many are hit.
    #[serde(default = "once")]
    pub times: u32,
    pub what: What,
}

fn once() -> u32 {
    1
}

/// What happens to a request that is hit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum What {
    /// Refused without effect.
    Error {
        status: u16,
        /// `errors[].reason`.
        reason: String,
        /// The canonical name.
        canonical: String,
        message: String,
        /// `Retry-After`, in seconds.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// The connection breaks before the request has any effect.
    LostBefore,
    /// The request has its effect and the answer is lost.
    LostAfter,
    /// The answer comes so many milliseconds of real time later.
    Late { ms: u64 },
    /// Every second request that is hit answers 404: replicas that do not agree yet.
    Flap { message: String },
    /// A proxy answers in Google's place.
    Html { status: u16, page: String },
}

/// What to do with a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    Pass,
    /// Answer this, do nothing.
    Answer(Box<Response>),
    LostBefore,
    LostAfter,
    Late {
        ms: u64,
    },
}

/// The ordered faults and how far each has got.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults(Vec<(Rule, u32)>);

impl Faults {
    /// Orders another fault.
    pub fn add(&mut self, rule: Rule) {
        self.0.push((rule, 0));
    }

    /// Calls all off.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// What happens to a request: the first rule that hits it decides.
    pub fn judge(&mut self, request: &Request, route: Option<&Route>) -> Verdict {
        for (rule, seen) in &mut self.0 {
            let id = route.map(|route| route.method.id.as_str());
            if rule.on != "*" && id != Some(&rule.on) && !request.path.contains(&rule.on) {
                continue;
            }
            *seen += 1;
            let hit = *seen > rule.skip && *seen - rule.skip <= rule.times;
            if hit {
                return verdict(&rule.what, *seen - rule.skip);
            }
        }
        Verdict::Pass
    }
}

fn verdict(what: &What, nth: u32) -> Verdict {
    let answer = |response| Verdict::Answer(Box::new(response));
    match what {
        What::Error { status, reason, canonical, message, retry_after } => {
            let listed = json!([{"message": message, "domain": "global", "reason": reason}]);
            let error = json!({"code": status, "message": message, "errors": listed, "status": canonical});
            let mut response = Response::json(*status, json!({ "error": error }));
            response.headers.extend(retry_after.map(|s| ("retry-after".to_owned(), s.to_string())));
            answer(response)
        }
        What::LostBefore => Verdict::LostBefore,
        What::LostAfter => Verdict::LostAfter,
        What::Late { ms } => Verdict::Late { ms: *ms },
        What::Flap { .. } if nth.is_multiple_of(2) => Verdict::Pass,
        What::Flap { message } => {
            let listed = json!([{"message": message, "domain": "global", "reason": "notFound"}]);
            let error = json!({"code": 404, "message": message, "errors": listed, "status": "NOT_FOUND"});
            answer(Response::json(404, json!({ "error": error })))
        }
        What::Html { status, page } => answer(Response {
            status: *status,
            headers: vec![("content-type".to_owned(), "text/html; charset=utf-8".to_owned())],
            body: Body::Bytes(page.clone().into_bytes()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_hits_as_often_and_as_late_as_it_says() {
        let mut faults = Faults::default();
        faults.add(Rule { on: "/networks".to_owned(), skip: 1, times: 2, what: What::LostAfter });
        let request = Request::get("compute.googleapis.com", "/compute/v1/projects/p/global/networks");
        let verdicts: Vec<_> = (0..4).map(|_| faults.judge(&request, None)).collect();
        assert_eq!(verdicts, [Verdict::Pass, Verdict::LostAfter, Verdict::LostAfter, Verdict::Pass]);
        let other = Request::get("compute.googleapis.com", "/compute/v1/projects/p/regions/r/subnetworks");
        assert_eq!(faults.judge(&other, None), Verdict::Pass);
    }

    #[test]
    fn flapping_answers_not_found_every_other_time() {
        let mut faults = Faults::default();
        let what = What::Flap { message: "Unknown service account".to_owned() };
        faults.add(Rule { on: "*".to_owned(), skip: 0, times: 4, what });
        let request = Request::get("iam.googleapis.com", "/v1/projects/p/serviceAccounts/a");
        let lost: Vec<_> = (0..4).map(|_| faults.judge(&request, None) != Verdict::Pass).collect();
        assert_eq!(lost, [true, false, true, false]);
    }
}
