//! `sandbox serve|reset|env`: the emulator as a server for other clients.

use std::net::SocketAddr;
use std::path::Path;

use crate::cli::args::{ClockArg, SandboxVerb, ServeArgs};
use crate::cli::exit::Exit;
use crate::cli::failure::{Failure, with_causes};
use crate::cli::{ask, output, runtime, signal};
use crate::model::Diagnostic;
use crate::sandbox::cloud::Settings;
use crate::sandbox::server::{self, ServeOptions};
use crate::sandbox::{SandboxError, Speed};
use crate::ui::Printer;

/// Carries out a verb of the sandbox.
pub fn run(verb: &SandboxVerb, printer: &Printer) -> Result<Exit, Failure> {
    match verb {
        SandboxVerb::Serve(args) => serve(args, printer),
        SandboxVerb::Reset { dir, yes } => reset(dir, *yes, printer),
        SandboxVerb::Env { url } => output(printer, &environment(url)),
    }
}

/// The sandbox's pace for a `--clock`.
pub fn speed(clock: Option<ClockArg>) -> Speed {
    match clock {
        None | Some(ClockArg::Instant) => Speed::Instant,
        Some(ClockArg::Factor(factor)) => Speed::Factor(factor),
    }
}

/// A failure of the sandbox in words.
pub fn failure(error: &SandboxError) -> Failure {
    let (code, hint) = match error {
        SandboxError::Storage { .. } => ("sandbox-storage", "check the folder's rights and the disk's space"),
        SandboxError::Damaged { .. } => ("sandbox-damaged", "`stackctl sandbox reset` begins with an empty cloud"),
        SandboxError::Newer { .. } => ("sandbox-newer", "use the newer stackctl, or `stackctl sandbox reset`"),
        SandboxError::Listen { .. } => ("sandbox-listen", "`--listen 127.0.0.1:0` takes a free port"),
    };
    Failure::failed(with_causes(code, "the sandbox cannot work", error).hint(hint))
}

fn serve(args: &ServeArgs, printer: &Printer) -> Result<Exit, Failure> {
    if !args.listen.ip().is_loopback() {
        return Err(Failure::wrong(
            Diagnostic::error("not-loopback", format!("`{}` is not an address of this machine alone", args.listen))
                .hint("the emulator asks for no credentials; it listens on 127.0.0.1 or [::1] only"),
        ));
    }
    let options = ServeOptions {
        listen: args.listen,
        port_file: args.port_file.clone(),
        dir: args.dir.clone(),
        speed: speed(Some(args.clock)),
        record: args.record.clone(),
        settings: Settings::default(),
    };
    let ready = |address: SocketAddr| {
        printer.say(&format!("The sandbox listens at http://{address} (Ctrl-C ends it)."));
        printer.say(&format!("  stackctl plan --endpoint http://{address}"));
        printer.say(&format!("  eval \"$(stackctl sandbox env http://{address})\"   # for gcloud and Terraform"));
    };
    let served = runtime()?.block_on(server::serve(options, signal::first(), ready));
    served.map(|()| Exit::Done).map_err(|error| failure(&error))
}

fn reset(dir: &Path, yes: bool, printer: &Printer) -> Result<Exit, Failure> {
    if !dir.exists() {
        printer.say(&format!("`{}` holds no cloud: nothing to forget.", dir.display()));
        return Ok(Exit::Done);
    }
    let is_cloud = dir.join("cloud.lock").exists();
    if !is_cloud {
        return Err(Failure::wrong(
            Diagnostic::error("no-sandbox", format!("`{}` is not a sandbox's folder", dir.display()))
                .hint("nothing is deleted; name the folder that `--dir` was given, default `.stackctl/sandbox`"),
        ));
    }
    if !yes && !ask::confirm(printer, &format!("Forget the emulated cloud in `{}`?", dir.display())) {
        return Err(Failure::refused(Diagnostic::error("not-confirmed", "the answer was no").hint("`--yes` answers")));
    }
    std::fs::remove_dir_all(dir).map_err(|error| {
        Failure::failed(with_causes("cannot-delete", format!("cannot delete `{}`", dir.display()), &error))
    })?;
    printer.say("The emulated cloud is empty again.");
    Ok(Exit::Done)
}

/// Endpoint overrides of other clients: name of the variable, Google's host, what follows in the path.
const OVERRIDES: &[(&str, &str, &str)] = &[
    ("CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE", "compute.googleapis.com", "compute/v1/"),
    ("CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM", "iam.googleapis.com", ""),
    ("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER", "cloudresourcemanager.googleapis.com", ""),
    ("CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE", "serviceusage.googleapis.com", ""),
    ("CLOUDSDK_API_ENDPOINT_OVERRIDES_SQL", "sqladmin.googleapis.com", ""),
    ("CLOUDSDK_API_ENDPOINT_OVERRIDES_ARTIFACTREGISTRY", "artifactregistry.googleapis.com", ""),
    ("CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER", "secretmanager.googleapis.com", ""),
    ("CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE", "storage.googleapis.com", "storage/v1/"),
    ("CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS", "iamcredentials.googleapis.com", ""),
    ("CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING", "logging.googleapis.com", ""),
    ("GOOGLE_COMPUTE_CUSTOM_ENDPOINT", "compute.googleapis.com", "compute/v1/"),
    ("GOOGLE_IAM_CUSTOM_ENDPOINT", "iam.googleapis.com", "v1/"),
    ("GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT", "cloudresourcemanager.googleapis.com", "v1/"),
    ("GOOGLE_SERVICE_USAGE_CUSTOM_ENDPOINT", "serviceusage.googleapis.com", "v1/"),
    ("GOOGLE_SQL_CUSTOM_ENDPOINT", "sqladmin.googleapis.com", "sql/v1beta4/"),
    ("GOOGLE_ARTIFACT_REGISTRY_CUSTOM_ENDPOINT", "artifactregistry.googleapis.com", "v1/"),
    ("GOOGLE_SECRET_MANAGER_CUSTOM_ENDPOINT", "secretmanager.googleapis.com", "v1/"),
    ("GOOGLE_CLOUD_RUN_V2_CUSTOM_ENDPOINT", "run.googleapis.com", "v2/"),
];

fn environment(url: &str) -> String {
    let url = url.trim_end_matches('/');
    let mut out = String::from("# gcloud and Terraform speak to the sandbox; no credentials are read or sent.\n");
    for (name, host, rest) in OVERRIDES {
        out.push_str(&format!("export {name}={url}/{host}/{rest}\n"));
    }
    out.push_str(&for_cloud_run(url));
    out.push_str("export CLOUDSDK_CORE_PROJECT=sandbox-project\n");
    out.push_str("export CLOUDSDK_CORE_DISABLE_PROMPTS=1\n");
    out.push_str("export CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true\n");
    out.push_str("export GOOGLE_OAUTH_ACCESS_TOKEN=sandbox\n");
    out.push_str("export GOOGLE_PROJECT=sandbox-project\n");
    out
}

/// `gcloud run` puts the region before the override's host, which then no name service knows: a proxy is given names
/// that need not resolve. The proxy is gcloud's own property, so that no other program takes it; `https` through it is
/// refused, so that nothing reaches Google by mistake.
fn for_cloud_run(url: &str) -> String {
    let address = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (host, port) = address.rsplit_once(':').unwrap_or((address, "80"));
    format!(
        "export CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN=http://run.gcloud.test/\n\
         export CLOUDSDK_PROXY_TYPE=http\n\
         export CLOUDSDK_PROXY_ADDRESS={host}\n\
         export CLOUDSDK_PROXY_PORT={port}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_is_exported_once_and_names_the_served_address() {
        let text = environment("http://127.0.0.1:8085/");
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let names: std::collections::BTreeSet<&str> =
            lines.iter().map(|line| line.strip_prefix("export ").unwrap().split_once('=').unwrap().0).collect();
        assert_eq!(names.len(), lines.len());
        assert!(
            text.contains(
                "export CLOUDSDK_API_ENDPOINT_OVERRIDES_SQL=http://127.0.0.1:8085/sqladmin.googleapis.com/\n"
            )
        );
        assert!(text.contains("export CLOUDSDK_PROXY_ADDRESS=127.0.0.1\nexport CLOUDSDK_PROXY_PORT=8085\n"));
        assert!(!text.contains("8085//"));
    }
}
