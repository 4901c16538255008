//! What a Google service in the sandbox is given and gives back.

use jiff::Timestamp;
use serde_json::Value as Json;

use super::check::Query;
use super::cloud::{Cloud, Project};
use super::fault::Fault;
use super::operation::{Begin, Compute, Lasts, LongRunning, Source, Sql, begin_compute, begin_long_running, begin_sql};
use super::route::Route;
use super::store::public;
use crate::wire::Response;
use crate::wire::http::Body;

/// One Google service: a function that answers its methods and one that ends its operations.
///
/// A service is a file (or a folder) in `services/` and a line in [`super::services::SERVICES`].
#[derive(Debug)]
pub struct Service {
    /// The host without `.googleapis.com`.
    pub host: &'static str,
    /// Answers a method that the discovery document has, dispatched by its id.
    pub handle: fn(&mut Call<'_>) -> Result<Reply, Fault>,
    /// Ends an operation begun with [`super::operation::Effect::Call`]: action and arguments. What it returns becomes
    /// the operation's response; a fault becomes its error.
    pub complete: Complete,
}

/// Ends an operation: at a time, by an action with its arguments; what it returns is the operation's response.
pub type Complete = fn(&mut Cloud, Timestamp, &str, &Json) -> Result<Option<Json>, Fault>;

/// For a service whose operations call nothing.
pub fn completes_nothing(_: &mut Cloud, _: Timestamp, _: &str, _: &Json) -> Result<Option<Json>, Fault> {
    Ok(None)
}

/// A request that was found to be well-formed.
#[derive(Debug)]
pub struct Call<'a> {
    pub cloud: &'a mut Cloud,
    pub route: Route,
    /// Checked; under the document's names.
    pub query: Query,
    /// Checked and canonical: no unknown names, no nulls, no output-only fields. `Null` where there is no body.
    pub body: Json,
    /// As it came: holds the output-only fields too.
    pub raw: Json,
    /// A body that is no JSON (an object's contents).
    pub bytes: Option<Vec<u8>>,
    pub headers: Vec<(String, String)>,
    /// The project in the path; none where it is `-` or the path has none.
    project: Option<Project>,
}

impl<'a> Call<'a> {
    /// A call to a route; the rest is filled in by the router.
    pub fn new(cloud: &'a mut Cloud, route: Route, project: Option<Project>) -> Self {
        Self {
            cloud,
            route,
            query: Query::new(),
            body: Json::Null,
            raw: Json::Null,
            bytes: None,
            headers: Vec::new(),
            project,
        }
    }

    /// The method's id: `compute.networks.insert`.
    pub fn id(&self) -> &'static str {
        &self.route.method.id
    }

    /// A variable of the path, decoded; empty where the path has none of that name.
    pub fn param(&self, name: &str) -> &str {
        self.route.params.get(name).map_or("", String::as_str)
    }

    /// The first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name)?.first().map(String::as_str)
    }

    /// Whether a query parameter says `true`.
    pub fn flag(&self, name: &str) -> bool {
        self.query(name) == Some("true")
    }

    /// Whether a field at the top of the body is `true`.
    pub fn flag_in_body(&self, name: &str) -> bool {
        self.body.get(name) == Some(&Json::Bool(true))
    }

    /// A header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A text in the body, by a path of plain keys.
    pub fn text(&self, dotted: &str) -> Option<&str> {
        dotted.split('.').try_fold(&self.body, |value, key| value.get(key))?.as_str()
    }

    /// The project in the path.
    ///
    /// # Errors
    /// There is none, or it is the wildcard `-`.
    pub fn project(&self) -> Result<Project, Fault> {
        self.project.clone().ok_or_else(|| Fault::forbidden("The caller does not have permission"))
    }

    /// The sandbox's time.
    pub fn now(&self) -> Timestamp {
        self.cloud.now
    }

    /// A stored document as it leaves the sandbox; counts as a look at it (see [`Cloud::look`]).
    pub fn fetch(&mut self, key: &str) -> Option<Json> {
        self.cloud.look(key);
        self.cloud.store.get(key).map(public)
    }

    /// Begins a compute operation on the project in the path.
    pub fn begin_compute(&mut self, of: Compute<'_>, begin: Begin, lasts: Lasts) -> Reply {
        begin_compute(self.cloud, &of, begin, lasts).into()
    }

    /// Begins a Cloud SQL operation.
    pub fn begin_sql(&mut self, of: Sql<'_>, begin: Begin, lasts: Lasts) -> Reply {
        begin_sql(self.cloud, &of, begin, lasts).into()
    }

    /// Begins a `google.longrunning` operation that is named `SCOPE/operations/UUID` and kept under
    /// `op/HOST/SCOPE/operations/UUID`; `scope` is a path with the project's id.
    pub fn begin_long_running(
        &mut self,
        scope: &str,
        metadata: Source,
        response: Source,
        begin: Begin,
        lasts: Lasts,
    ) -> Reply {
        let name = format!("{scope}/operations/{}", self.cloud.ids.uuid());
        let key = format!("op/{}/{name}", self.route.host);
        begin_long_running(self.cloud, LongRunning { key: &key, name, metadata, response }, begin, lasts).into()
    }

    /// Polls an operation and shows it.
    ///
    /// # Errors
    /// `missing`, where there is none under `key`.
    pub fn poll(&mut self, key: &str, missing: impl FnOnce() -> Fault) -> Result<Reply, Fault> {
        let operation = self.cloud.poll(key).ok_or_else(missing)?;
        Ok(super::operation::view(self.cloud, &operation).into())
    }

    /// Polls an operation and stays with it until it ends or `longest` seconds have passed.
    ///
    /// # Errors
    /// `missing`, where there is none under `key`.
    pub fn wait(&mut self, key: &str, longest: i64, missing: impl FnOnce() -> Fault) -> Result<Reply, Fault> {
        let operation = self.cloud.poll(key).ok_or_else(missing)?;
        let mut reply = Reply::from(super::operation::view(self.cloud, &operation));
        if !operation.is_done()
            && self.cloud.settings.pace == super::cloud::Pace::Timed
            && self.header(WAITED).is_none()
        {
            let limit = super::times::plus_seconds(self.now(), longest);
            reply.wait_until = Some(super::times::from_millis(operation.due).min(limit));
        }
        Ok(reply)
    }
}

/// Header by which the shell says that it has waited for what [`Reply::wait_until`] asked for.
pub const WAITED: &str = "x-sandbox-waited";

/// An answer, before the field mask.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub response: Response,
    /// The answer is to be asked for again at this time of the sandbox's clock, and given then.
    pub wait_until: Option<Timestamp>,
}

impl From<Json> for Reply {
    fn from(json: Json) -> Self {
        Self::from(Response::json(200, json))
    }
}

impl From<Response> for Reply {
    fn from(response: Response) -> Self {
        Self { response, wait_until: None }
    }
}

impl Reply {
    /// An answer without a body: 204.
    pub fn no_content() -> Self {
        Self::from(Response { status: 204, headers: Vec::new(), body: Body::Empty })
    }
}
