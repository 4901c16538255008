use super::*;
use crate::wire::{Method, Response};
use serde_json::{Value as Json, json};

fn error(status: u16, body: Json) -> ApiError {
    ApiError::from_response(&Response::json(status, body))
}

fn reason(status: u16, reason: &str) -> ApiError {
    error(status, json!({"error": {"code": status, "message": "m", "errors": [{"reason": reason}]}}))
}

struct Case {
    request: Request,
    repeat: Repeat,
    origin: Origin,
    tries: u32,
    elapsed: u64,
    recent: Recent,
    now: u64,
    contact: Contact,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            request: Request::new(Method::Post, "run.googleapis.com", "/v2/x"),
            repeat: Repeat::Harmless,
            origin: Origin::Reply,
            tries: 1,
            elapsed: 0,
            recent: Recent::default(),
            now: 0,
            contact: Contact::Made,
        }
    }
}

impl Case {
    fn judge(&self, trouble: Trouble<'_>) -> Verdict {
        let attempt = Attempt {
            request: &self.request,
            trouble,
            origin: self.origin,
            repeat: self.repeat,
            tries: self.tries,
            elapsed: Duration::from_secs(self.elapsed),
            now: Duration::from_secs(self.now),
            recent: &self.recent,
            contact: self.contact,
        };
        judge(&attempt, 0.5)
    }

    fn refused(&self, error: &ApiError) -> Option<Because> {
        match self.judge(Trouble::Refused(error)) {
            Verdict::Again { because, .. } => Some(because),
            Verdict::Stop | Verdict::Look => None,
        }
    }
}

#[test]
fn each_refusal_gets_its_verdict() {
    let case = Case::default();
    for (error, expected) in [
        (reason(429, "rateLimitExceeded"), Some(Because::RateLimit)),
        (error(429, json!({"error": {"status": "RESOURCE_EXHAUSTED"}})), Some(Because::RateLimit)),
        (reason(403, "rateLimitExceeded"), Some(Because::RateLimit)),
        (reason(403, "quotaExceeded"), None),
        (reason(400, "resourceNotReady"), Some(Because::NotReady)),
        (reason(400, "invalid"), None),
        (reason(409, "operationInProgress"), Some(Because::OtherOperation)),
        (reason(409, "alreadyExists"), None),
        (reason(503, "backendError"), Some(Because::ServerError(503))),
        (reason(500, "internalError"), Some(Because::ServerError(500))),
        (error(501, json!({})), None),
        (reason(401, "authError"), None),
        (reason(403, "forbidden"), None),
        (reason(403, "SERVICE_DISABLED"), None),
        (error(403, json!({"error": {"details": [{"reason": "USER_PROJECT_DENIED"}]}})), None),
        (reason(404, "notFound"), None),
        (error(409, json!({"error": {"status": "ABORTED"}})), Some(Because::Conflict)),
    ] {
        assert_eq!(case.refused(&error), expected, "{error}");
    }
}

#[test]
fn what_may_not_be_done_twice_is_looked_at_after_a_loss() {
    let once = Case { repeat: Repeat::Harmful, ..Case::default() };
    assert_eq!(once.judge(Trouble::Lost), Verdict::Look);
    assert_eq!(once.judge(Trouble::Refused(&reason(502, "x"))), Verdict::Look);
    assert!(matches!(once.judge(Trouble::Unreachable), Verdict::Again { .. }));
    assert!(matches!(once.judge(Trouble::Refused(&reason(429, "x"))), Verdict::Again { .. }));
    assert!(matches!(Case::default().judge(Trouble::Lost), Verdict::Again { .. }));
}

#[test]
fn an_operation_that_ended_with_a_server_error_has_failed() {
    let case = Case { origin: Origin::Operation, ..Case::default() };
    assert_eq!(case.judge(Trouble::Refused(&reason(500, "INTERNAL"))), Verdict::Stop);
    assert_eq!(case.refused(&reason(400, "RESOURCE_NOT_READY")), Some(Because::NotReady));
}

#[test]
fn tries_and_windows_end() {
    let worn = Case { tries: MOST_TRIES, ..Case::default() };
    assert_eq!(worn.judge(Trouble::Unreachable), Verdict::Stop);
    assert!(worn.refused(&reason(429, "x")).is_some());
    let late = Case { elapsed: GENERAL_WINDOW.as_secs(), ..Case::default() };
    assert!(late.refused(&reason(429, "x")).is_none());
    assert!(late.refused(&reason(400, "resourceNotReady")).is_some());
    let later = Case { elapsed: OPERATION_WINDOW.as_secs(), ..Case::default() };
    assert!(later.refused(&reason(409, "operationInProgress")).is_none());
}

#[test]
fn the_servers_own_pause_is_kept() {
    let mut asked = reason(429, "x");
    asked.retry_after_s = Some(47);
    let Verdict::Again { delay, .. } = Case::default().judge(Trouble::Refused(&asked)) else { panic!() };
    assert_eq!(delay, Duration::from_secs(47));
}

#[test]
fn pauses_double_up_to_the_longest() {
    assert_eq!(pause(1, 0.0), Duration::from_millis(500));
    assert_eq!(pause(2, 0.0), Duration::from_secs(1));
    assert_eq!(pause(3, 1.0), Duration::from_secs(4));
    assert_eq!(pause(40, 1.0), LONGEST_PAUSE);
}

fn disabled(consumer: &str) -> ApiError {
    error(
        403,
        json!({"error": {"code": 403, "status": "PERMISSION_DENIED", "details": [{"reason": "SERVICE_DISABLED",
            "metadata": {"service": "run.googleapis.com", "consumer": consumer}}]}}),
    )
}

#[test]
fn a_disabled_api_is_waited_for_only_where_this_run_enabled_it_here() {
    let mut recent = Recent::new(["p".to_owned(), "123".to_owned()]);
    recent.enabled("run.googleapis.com", Duration::from_secs(100));
    let case = Case { recent, now: 130, ..Case::default() };
    assert_eq!(case.refused(&disabled("projects/123")), Some(Because::ApiJustEnabled("run.googleapis.com".into())));
    assert_eq!(case.refused(&disabled("projects/other")), None);
    let late = Case { now: 100 + API_WINDOW.as_secs() + 1, ..case };
    assert_eq!(late.refused(&disabled("projects/123")), None);
    assert_eq!(Case::default().refused(&disabled("projects/123")), None);
}

const ROBOT: &str = "a@p.iam.gserviceaccount.com";

fn says(status: u16, message: &str) -> ApiError {
    error(status, json!({"error": {"code": status, "message": message}}))
}

/// A request that names the robot in its body.
fn deploys() -> Request {
    let body = json!({"template": {"serviceAccount": ROBOT}});
    Request::new(Method::Post, "run.googleapis.com", "/v2/x").json(body)
}

#[test]
fn a_principal_that_this_run_made_is_waited_for_where_the_refusal_is_about_it() {
    let acts_as =
        says(403, &format!("Permission 'iam.serviceaccounts.actAs' denied on {ROBOT} (or it may not exist)."));
    let stranger = Case { request: deploys(), ..Case::default() };
    assert_eq!(stranger.refused(&acts_as), None);

    let mut recent = Recent::default();
    recent.made(ROBOT, Duration::ZERO);
    let made = Case { request: deploys(), recent: recent.clone(), now: 60, ..Case::default() };
    let because = Because::PrincipalJustMade(ROBOT.into());
    assert_eq!(made.refused(&acts_as), Some(because.clone()));
    assert_eq!(made.refused(&says(400, &format!("… {ROBOT} …"))), Some(because.clone()));
    assert_eq!(made.refused(&reason(400, "badRequest")), None);
    assert_eq!(made.refused(&reason(404, "notFound")), Some(because.clone()));
    let own = Request::get("iam.googleapis.com", format!("/v1/projects/p/serviceAccounts/{ROBOT}"));
    let own = Case { request: own, recent, now: 60, ..Case::default() };
    assert_eq!(own.refused(&says(403, "denied on resource (or it may not exist)")), Some(because));
    let elsewhere = Case { request: Request::get("run.googleapis.com", "/v2/y"), ..made };
    assert_eq!(elsewhere.refused(&acts_as), None);
}

#[test]
fn a_right_that_the_caller_lacks_fails_at_once_whatever_this_run_made() {
    let mut recent = Recent::default();
    recent.made(ROBOT, Duration::ZERO);
    recent.granted(&format!("serviceAccount:{ROBOT}"), "roles/viewer", Duration::ZERO);
    let case = Case { request: deploys(), recent, now: 60, ..Case::default() };
    assert_eq!(case.refused(&says(403, "Permission 'run.services.create' denied on resource 'projects/p'")), None);
    assert_eq!(case.refused(&error(403, json!({"error": {"status": "PERMISSION_DENIED"}}))), None);
}

#[test]
fn a_grant_that_this_run_made_is_waited_for_where_the_refusal_names_member_and_role() {
    let denied = format!("Permission denied for {ROBOT}: grant roles/secretmanager.secretAccessor");
    let mut recent = Recent::default();
    recent.granted(&format!("serviceAccount:{ROBOT}"), "roles/secretmanager.secretAccessor", Duration::ZERO);
    let granted = Case { request: deploys(), recent, now: 60, origin: Origin::Operation, ..Case::default() };
    let because = Because::GrantJustMade(ROBOT.into());
    for status in [403, 500] {
        assert_eq!(granted.refused(&says(status, &denied)), Some(because.clone()));
    }
    assert_eq!(granted.refused(&says(500, "the container exited")), None);
    let late = Case { now: IAM_WINDOW.as_secs() + 1, request: deploys(), ..granted };
    assert_eq!(late.refused(&says(403, &denied)), None);

    let mut recent = Recent::default();
    recent.made(ROBOT, Duration::ZERO);
    recent.granted(&format!("serviceAccount:{ROBOT}"), "roles/viewer", Duration::ZERO);
    let other = Case { request: deploys(), recent, now: 60, origin: Origin::Operation, ..Case::default() };
    assert_eq!(other.refused(&says(500, &denied)), None, "another role was granted");
}

#[test]
fn a_guard_that_no_longer_fits_is_not_sent_again() {
    let aborted = error(409, json!({"error": {"status": "ABORTED"}}));
    for body in [json!({"etag": "x"}), json!({"policy": {"etag": "x"}}), json!({"labelFingerprint": "x"})] {
        let request = Request::new(Method::Post, "run.googleapis.com", "/v2/x").json(body);
        assert_eq!(Case { request, ..Case::default() }.refused(&aborted), None);
    }
    let request = Request::new(Method::Post, "run.googleapis.com", "/v2/x").json(json!({"etag": ""}));
    assert_eq!(Case { request, ..Case::default() }.refused(&aborted), Some(Because::Conflict));
}

#[test]
fn what_never_answered_is_given_up_within_seconds() {
    let never = |tries, elapsed| Case { contact: Contact::Never, tries, elapsed, ..Case::default() };
    assert!(matches!(never(1, 0).judge(Trouble::Unreachable), Verdict::Again { .. }));
    assert!(matches!(never(2, 1).judge(Trouble::Unreachable), Verdict::Again { .. }));
    assert_eq!(never(3, 3).judge(Trouble::Unreachable), Verdict::Stop);
    let known = Case { tries: 3, elapsed: 3, ..Case::default() };
    assert!(matches!(known.judge(Trouble::Unreachable), Verdict::Again { .. }));
}

#[test]
fn a_service_agent_is_waited_for_while_its_api_is_new() {
    let agent =
        error(403, json!({"error": {"message": "… service-42@serverless-robot-prod.iam.gserviceaccount.com …"}}));
    let someone = error(403, json!({"error": {"message": "service-account x@p.iam.gserviceaccount.com"}}));
    assert_eq!(Case::default().refused(&agent), None);
    let mut recent = Recent::default();
    recent.enabled("run.googleapis.com", Duration::ZERO);
    let case = Case { recent, now: 60, origin: Origin::Operation, ..Case::default() };
    assert_eq!(case.refused(&agent), Some(Because::AgentJustMade));
    assert_eq!(case.refused(&someone), None);
}
