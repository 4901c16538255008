//! Which cloud a command speaks to, and where its records are.

use std::path::Path;
use std::sync::Arc;

use super::args::{ClockArg, CloudArgs};
use super::failure::{Failure, with_causes};
use super::verbs::sandbox;
use crate::gcp::record::Recorded;
use crate::gcp::{self, Client, Clock, Destination, Limits, Transport};
use crate::inventory::{self, Home, Store};
use crate::model::Diagnostic;
use crate::records::CloudKey;
use crate::sandbox::cloud::Settings;
use crate::sandbox::local;
use crate::stack::Mode;
use crate::stack::Stack;

/// How much faster than real time the client waits for an emulator that answers at once.
const INSTANT: f64 = 1000.0;

/// Where the sandbox's cloud is kept, below the folder of the stack file.
const SANDBOX_FOLDER: &str = ".stackctl/sandbox";

/// A cloud, before anything was sent to it.
pub struct Cloud {
    pub key: CloudKey,
    pub transport: Arc<dyn Transport>,
    pub clock: Clock,
    pub factor: f64,
    /// For headlines: `(sandbox)`, `(at http://127.0.0.1:8085)`, or nothing.
    pub words: String,
}

/// How a stack file is read for the cloud that is meant.
pub fn mode(sandbox: bool) -> Mode {
    if sandbox { Mode::Sandbox } else { Mode::Cloud }
}

/// Opens the way to the cloud that the command line names.
///
/// # Errors
/// Flags that do not go together, credentials, an unusable sandbox folder.
pub fn open(args: &CloudArgs, sandbox: bool, folder: &Path) -> Result<Cloud, Failure> {
    let emulated = sandbox || args.endpoint.is_some();
    if args.clock.is_some() && !emulated {
        return Err(Failure::wrong(
            Diagnostic::error("clock-on-google", "`--clock` goes with `--sandbox` or `--endpoint`")
                .hint("Google's clock cannot be made faster"),
        ));
    }
    let factor = match args.clock {
        Some(ClockArg::Factor(factor)) => factor,
        Some(ClockArg::Instant) => INSTANT,
        None if sandbox => INSTANT,
        None => 1.0,
    };
    let clock = Clock::new(Clock::real().now(), factor);
    if sandbox {
        let speed = sandbox::speed(args.clock);
        let dir = folder.join(SANDBOX_FOLDER);
        let transport = local::open(&dir, speed, Settings::default()).map_err(|error| sandbox::failure(&error))?;
        let words = " (sandbox)".to_owned();
        let transport = recorded(Arc::new(transport), args.record.as_deref())?;
        return Ok(Cloud { key: CloudKey::Sandbox, transport, clock, factor, words });
    }
    let (key, destination, words) = match &args.endpoint {
        Some(url) => (CloudKey::Endpoint(url.clone()), Destination::Endpoint(url.clone()), format!(" (at {url})")),
        None => (CloudKey::Google, Destination::Google, String::new()),
    };
    let transport = gcp::connect(&destination).map_err(|error| {
        let exit = if args.endpoint.is_some() { Failure::wrong } else { Failure::failed };
        exit(with_causes("no-connection", "cannot speak to the cloud", &error).hint(connect_hint(&error)))
    })?;
    let transport = recorded(transport, args.record.as_deref())?;
    Ok(Cloud { key, transport, clock, factor, words })
}

/// With a record of every exchange, where one is wanted.
fn recorded(transport: Arc<dyn Transport>, record: Option<&Path>) -> Result<Arc<dyn Transport>, Failure> {
    let Some(path) = record else { return Ok(transport) };
    let recorded = Recorded::open(transport, path).map_err(|error| {
        let message = format!("cannot write the record `{}`", path.display());
        Failure::wrong(with_causes("no-record", message, &error).hint("name a file in a folder that you may write to"))
    })?;
    Ok(Arc::new(recorded))
}

fn connect_hint(error: &gcp::ConnectError) -> &'static str {
    match error {
        gcp::ConnectError::Credentials(_) => {
            "log in with `gcloud auth application-default login`, or name a key in `GOOGLE_APPLICATION_CREDENTIALS`; \
             `--sandbox` needs no account"
        }
        gcp::ConnectError::Endpoint(_) => "`stackctl sandbox serve` prints its URL",
    }
}

impl Cloud {
    /// The client that charges `quota_project`.
    pub fn client(&self, quota_project: &str) -> Arc<Client> {
        let limits = if self.key == CloudKey::Google { Limits::Google } else { Limits::None };
        Arc::new(Client::new(self.transport.clone(), self.clock.clone(), limits).quota_project(quota_project))
    }

    /// The stack's records.
    ///
    /// # Errors
    /// A `state:` that names no place.
    pub fn store(&self, stack: &Stack, folder: &Path, client: &Arc<Client>) -> Result<Box<dyn Store>, Failure> {
        // The embedded emulator is beside the file, and so are its records.
        let state = stack.state.as_deref().filter(|_| self.key != CloudKey::Sandbox);
        let home = Home::parse(state, folder).map_err(|error| {
            Failure::wrong(Diagnostic::error("bad-state", error.to_string()).hint("write `state: gs://BUCKET/PREFIX`"))
        })?;
        Ok(inventory::open(&home, &self.key, &stack.name, client))
    }
}
