//! A folder of its own and the program as a user runs it; a served sandbox that ends with the test.
//!
//! Every request of every run is recorded and held to Google's discovery documents when the workspace goes: whatever
//! a test is about, a fault fails it. `tests/tidy.rs` sees to it that nobody starts the program in another way.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use stackctl::wire::http::Body;
use stackctl::wire::{Method, Request};
use tempfile::TempDir;

/// The tutorial's stack, as it stands at the top of this project.
pub const TUTORIAL: &str = include_str!("../../stack.yaml");

/// Where a workspace keeps what the program sent.
const RECORD: &str = "requests.jsonl";

/// How long a served sandbox may take to listen.
const START: Duration = Duration::from_secs(30);

/// A folder with a stack file.
pub struct Workspace {
    pub folder: TempDir,
}

/// What a command came to.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// The command's exit code was `code`; says what it printed where not.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

impl Drop for Workspace {
    /// Holds every request of the workspace's runs to Google's discovery documents.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.judged().expect_right();
        }
    }
}

impl Workspace {
    /// A folder whose `stack.yaml` is `stack`.
    pub fn with(stack: &str) -> Self {
        let workspace = Self { folder: TempDir::new().unwrap() };
        workspace.write("stack.yaml", stack);
        workspace
    }

    /// Everything that was sent so far, in order, with its answers.
    pub fn recorded(&self) -> Vec<Json> {
        let text = std::fs::read_to_string(self.path().join(RECORD)).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What Google's discovery documents say of all that was sent so far.
    pub fn judged(&self) -> stackctl_judge::Verdict {
        stackctl_judge::lines(&self.recorded())
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Runs the program in the folder, without anything of this machine's environment that it could read.
    pub fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, &[])
    }

    /// Like `run`, with environment variables.
    pub fn run_with(&self, args: &[&str], env: &[(&str, &str)]) -> Ran {
        let mut command = self.command(args);
        command.envs(env.iter().copied());
        let Output { status, stdout, stderr } = command.output().unwrap();
        Ran {
            code: status.code().unwrap_or(-1),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stackctl"));
        command.args(args).current_dir(self.path()).env_clear().env("HOME", self.path()).env("PATH", "/nowhere");
        command.env("STACKCTL_RECORD", self.path().join(RECORD));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Serves a sandbox at a free port, recording requests.
    pub fn serve(&self, args: &[&str]) -> Served {
        let (port_file, record) = (self.path().join("port"), self.path().join("record.jsonl"));
        let mut all = vec!["sandbox", "serve", "--listen", "127.0.0.1:0", "--port-file"];
        let names = [port_file.to_str().unwrap().to_owned(), record.to_str().unwrap().to_owned()];
        all.extend([names[0].as_str(), "--record", names[1].as_str()]);
        all.extend(args);
        let mut child = self.command(&all).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let began = Instant::now();
        while !port_file.exists() {
            assert!(began.elapsed() < START, "the sandbox does not listen");
            assert!(child.try_wait().unwrap().is_none(), "the sandbox ended");
            std::thread::yield_now();
        }
        let port = std::fs::read_to_string(&port_file).unwrap();
        Served { child, url: format!("http://127.0.0.1:{}", port.trim()), record }
    }
}

/// A sandbox in a process of its own; dropping it ends the process.
pub struct Served {
    child: Child,
    pub url: String,
    record: PathBuf,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    /// Everything that was asked of it so far, in order, with the status of the answer.
    pub fn requests(&self) -> Vec<(Request, u64)> {
        let text = std::fs::read_to_string(&self.record).unwrap();
        text.lines().map(|line| request(&serde_json::from_str(line).unwrap())).collect()
    }
}

fn request(line: &Json) -> (Request, u64) {
    let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
    let method: Method = serde_json::from_value(line["method"].clone()).unwrap();
    let mut request = Request::new(method, text("host"), text("path"));
    for (name, value) in line["query"].as_object().into_iter().flatten() {
        let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        request.query.extend(values.iter().map(|v| (name.clone(), v.as_str().unwrap_or_default().to_owned())));
    }
    if !line["body"].is_null() {
        request.body = Body::Json(line["body"].clone());
    }
    (request, line["status"].as_u64().unwrap_or(0))
}
