//! What is read first: the project by both of its names, and its enabled APIs.

use serde_json::Value as Json;

use super::session::Session;
use crate::gcp::{CallError, explain};
use crate::kinds::apis;
use crate::model::{Diagnostic, ProjectFacts};
use crate::wire::{Request, paging};

/// What is known of a project before anything else.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Survey {
    pub project: ProjectFacts,
    /// Enabled services, by name (`run.googleapis.com`).
    pub enabled_apis: Vec<String>,
}

/// Reads the project and its enabled APIs.
///
/// The number comes from Resource Manager; where that API is not enabled yet, or the caller may not read the
/// project, from the names of the enabled services, which hold it.
///
/// # Errors
/// The project does not exist or may not be seen, credentials, network.
pub async fn survey(session: &Session<'_>, project: &str) -> Result<Survey, Diagnostic> {
    let get = Request::get("cloudresourcemanager.googleapis.com", format!("/v1/projects/{project}"));
    let (found, services) = tokio::join!(session.client.read(&get), enabled(session, project));
    let services = match services {
        Ok(services) => services,
        Err(error) => return Err(no_services(project, found.err(), &error)),
    };
    let number = match &found {
        Ok(json) => number_of(json),
        Err(_) => services.iter().find_map(|name| Some(name.strip_prefix("projects/")?.split('/').next()?.to_owned())),
    };
    if let (Err(error), None) = (&found, &number) {
        return Err(no_project(project, error));
    }
    let id = found.ok().and_then(|json| Some(json.get("projectId")?.as_str()?.to_owned()));
    let mut enabled_apis: Vec<String> =
        services.iter().filter_map(|name| name.rsplit('/').next()).map(str::to_owned).collect();
    enabled_apis.sort_unstable();
    let facts = ProjectFacts { id: id.unwrap_or_else(|| project.to_owned()), number };
    session.client.note(|recent, _| recent.charge([facts.id.clone(), facts.number.clone().unwrap_or_default()]));
    Ok(Survey { project: facts, enabled_apis })
}

/// Names of the enabled services: `projects/NUMBER/services/NAME`.
async fn enabled(session: &Session<'_>, project: &str) -> Result<Vec<String>, CallError> {
    let list = apis::list_enabled(project);
    let mut names = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..paging::MOST_PAGES {
        let page = paging::page(&list, None, token.as_deref());
        let reply = session.client.read(&page).await?;
        token = paging::next_token(&reply).map(str::to_owned);
        let name = |service: &Json| service.get("name").and_then(Json::as_str).map(str::to_owned);
        names.extend(paging::elements(reply, "services").iter().filter_map(name));
        if token.is_none() {
            break;
        }
    }
    Ok(names)
}

fn number_of(project: &Json) -> Option<String> {
    match project.get("projectNumber")? {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Of a project that does not exist both reads say 403: then the project is what is wrong.
fn no_services(project: &str, found: Option<CallError>, error: &CallError) -> Diagnostic {
    match found {
        Some(found) if found.refusal().is_some() => no_project(project, &found),
        _ => explain::call(error),
    }
}

fn no_project(project: &str, error: &CallError) -> Diagnostic {
    match error.refusal() {
        Some(refusal) if matches!(refusal.status, 403 | 404) => Diagnostic::error(
            "no-project",
            format!("the project `{project}` does not exist, or you may not see it ({refusal})"),
        )
        .hint(format!(
            "check `project:` and who is logged in: `gcloud projects describe {project}`; a new project is made with \
             `gcloud projects create`"
        )),
        _ => explain::call(error),
    }
}
