//! The program as a user runs it, and a served sandbox that ends with the test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::clients::Clients;

/// The tutorial's stack, as it stands at the top of this project.
pub const TUTORIAL: &str = include_str!("../../../stack.yaml");

/// The sandbox's project.
pub const PROJECT: &str = "sandbox-project";
pub const REGION: &str = "us-central1";

/// Where a world keeps what stackctl sent.
const RECORD: &str = "requests.jsonl";

/// How long a served sandbox may take to listen.
const START: Duration = Duration::from_secs(60);

/// The program under test: `STACKCTL_BIN`, else the debug build of this checkout, made once.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| std::env::var_os("STACKCTL_BIN").map_or_else(build, PathBuf::from))
}

/// Builds the program; cargo says where it is.
fn build() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--bin", "stackctl", "--message-format", "json-render-diagnostics"]);
    // What cargo tells this package must not be told to the other one.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_PKG_")) {
        cargo.env_remove(name);
    }
    let built = cargo.env_remove("CARGO_MANIFEST_DIR").current_dir(root).stderr(Stdio::inherit()).output().unwrap();
    assert!(built.status.success(), "stackctl does not build");
    let messages = String::from_utf8(built.stdout).unwrap();
    let program = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Json>(line).ok())
        .filter(|message| message["target"]["name"] == "stackctl")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    program.expect("cargo names the program that it built")
}

/// What a command came to.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A folder with a stack file, and a cloud of its own for it.
pub struct World {
    folder: TempDir,
    _served: Served,
    pub clients: Clients,
}

/// A sandbox in a process of its own; dropping it ends the process.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for World {
    /// Holds every request that stackctl sent to Google's discovery documents.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let text = std::fs::read_to_string(self.folder.path().join(RECORD)).unwrap_or_default();
            let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            stackctl_judge::lines(&lines).expect_right();
        }
    }
}

impl World {
    /// A folder whose `stack.yaml` is `stack`, an empty cloud, and Google's clients of it.
    pub async fn with(stack: &str) -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("stack.yaml"), stack).unwrap();
        let (served, url) = serve(folder.path());
        let clients = Clients::of(&url).await;
        std::fs::write(folder.path().join("url"), &url).unwrap();
        Self { folder, _served: served, clients }
    }

    /// The same after `stackctl apply`.
    pub async fn applied(stack: &str) -> Self {
        let world = Self::with(stack).await;
        world.run(&["apply", "--yes"], 0);
        world
    }

    /// Another stack file from now on.
    pub fn write(&self, stack: &str) {
        std::fs::write(self.folder.path().join("stack.yaml"), stack).unwrap();
    }

    /// Runs a verb against the cloud and expects its exit code; the environment has nothing that it could read.
    #[track_caller]
    pub fn run(&self, args: &[&str], code: i32) -> Ran {
        self.run_with(args, &[], code)
    }

    /// The same with environment variables.
    #[track_caller]
    pub fn run_with(&self, args: &[&str], env: &[(&str, &str)], code: i32) -> Ran {
        let url = std::fs::read_to_string(self.folder.path().join("url")).unwrap();
        let mut command = bare(self.folder.path());
        command.env("STACKCTL_RECORD", self.folder.path().join(RECORD));
        command.args(args).args(["--endpoint", &url, "--clock", "1000"]).envs(env.iter().copied());
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let ran = Ran { code: status.code().unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) };
        assert_eq!(ran.code, code, "{args:?}\nstdout:\n{}\nstderr:\n{}", ran.stdout, ran.stderr);
        ran
    }

    /// Nothing is to be done.
    #[track_caller]
    pub fn plans_nothing(&self) {
        self.run(&["plan", "--detailed-exitcode"], 0);
    }

    /// What the plan would do to one resource.
    #[track_caller]
    pub fn planned(&self, args: &[&str], address: &str) -> Json {
        let plan = self.run(&[&["plan", "--format", "json"], args].concat(), 0);
        let plan: Json = serde_json::from_str(&plan.stdout).unwrap();
        let resources = plan["resources"].as_array().unwrap();
        let found = resources.iter().find(|resource| resource["address"] == address);
        found.unwrap_or_else(|| panic!("no `{address}` in {plan:#}")).clone()
    }

    /// What somebody else made becomes ours as it is: but for our label no field changes.
    #[track_caller]
    pub fn adopts(&self, address: &str) {
        let planned = self.planned(&["--adopt"], address);
        assert_eq!(planned["action"], "adopt", "{planned:#}");
        let ours = |path: &str| path.to_lowercase().ends_with("labels.stackctl-stack");
        let others = planned["changes"].as_array().unwrap().iter().filter(|c| !ours(c["path"].as_str().unwrap()));
        assert_eq!(others.collect::<Vec<_>>(), Vec::<&Json>::new(), "{address}");
        self.run(&["apply", "--yes", "--adopt"], 0);
        self.plans_nothing();
    }

    /// Somebody else changed `field`; apply puts it back.
    #[track_caller]
    pub fn drifts(&self, address: &str, field: &str) {
        self.run(&["plan", "--detailed-exitcode"], 2);
        let planned = self.planned(&[], address);
        assert_eq!(planned["action"], "update", "{planned:#}");
        let moved = |change: &Json| {
            change["origin"] == "drift" && change["path"].as_str().is_some_and(|path| path.starts_with(field))
        };
        assert!(planned["changes"].as_array().unwrap().iter().all(moved), "{field}: {planned:#}");
        self.run(&["apply", "--yes"], 0);
        self.plans_nothing();
    }

    /// Somebody else deleted it; apply makes it anew.
    #[track_caller]
    pub fn makes_anew(&self, address: &str) {
        self.run(&["plan", "--detailed-exitcode"], 2);
        let planned = self.planned(&[], address);
        assert_eq!(planned["action"], "create", "{planned:#}");
        self.run(&["apply", "--yes"], 0);
        self.plans_nothing();
    }

    /// Takes all of it down, what holds data (`losing`) too.
    #[track_caller]
    pub fn destroys(&self, losing: &[&str]) {
        let mut args = vec!["destroy", "--yes", "--include-adopted"];
        losing.iter().for_each(|address| args.extend(["--allow-data-loss", address]));
        self.run(&args, 0);
    }

    /// All that stackctl keeps on this side.
    pub fn everything_stackctl_wrote(&self) -> String {
        let mut folders = vec![self.folder.path().join(".stackctl")];
        let mut text = String::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                match entry.is_dir() {
                    true => folders.push(entry),
                    false => text.push_str(&String::from_utf8_lossy(&std::fs::read(entry).unwrap())),
                }
            }
        }
        text
    }
}

fn bare(folder: &Path) -> Command {
    let mut command = Command::new(program());
    command.current_dir(folder).env_clear().env("HOME", folder).env("PATH", "/nowhere").env("PROJECT_ID", PROJECT);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn serve(folder: &Path) -> (Served, String) {
    let port_file = folder.join("port");
    let mut command = bare(folder);
    command.args(["sandbox", "serve", "--listen", "127.0.0.1:0", "--clock", "instant", "--port-file"]).arg(&port_file);
    let mut served = Served(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let began = Instant::now();
    while !port_file.exists() {
        assert!(began.elapsed() < START, "the sandbox does not listen");
        assert!(served.0.try_wait().unwrap().is_none(), "the sandbox ended");
        std::thread::yield_now();
    }
    let port = std::fs::read_to_string(&port_file).unwrap();
    (served, format!("http://127.0.0.1:{}", port.trim()))
}
