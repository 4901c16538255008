//! The real gcloud, kept away from this machine's own configuration and led to a served sandbox.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::thread;

use tempfile::TempDir;

use crate::commands::Line;

/// gcloud processes at a time: a process takes about a second of one core.
const AT_ONCE: usize = 3;
/// The variables that lead gcloud to the bridge in place of the sandbox.
const VIA_BRIDGE: [&str; 2] = ["CLOUDSDK_PROXY_PORT", "CLOUDSDK_AUTH_DISABLE_CREDENTIALS"];

/// Where gcloud is installed.
#[derive(Debug, Clone)]
pub struct Sdk {
    root: PathBuf,
    python: PathBuf,
}

impl Sdk {
    /// The gcloud on the path. Says on standard error that a test is skipped where there is none.
    pub fn find() -> Option<Self> {
        let found = Command::new("gcloud")
            .args(["info", "--format=value(installation.sdk_root,basic.python_location)"])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output();
        let text = found.ok().filter(|output| output.status.success()).map(|output| output.stdout);
        let text = text.and_then(|text| String::from_utf8(text).ok());
        let Some((root, python)) = text.as_deref().and_then(|text| text.trim().split_once('\t')) else {
            let _ = writeln!(io::stderr(), "skipped: there is no gcloud on the path");
            return None;
        };
        Some(Self { root: root.into(), python: python.into() })
    }
}

/// gcloud with a configuration of its own.
pub struct Gcloud {
    folder: TempDir,
    environment: BTreeMap<String, String>,
    bridge: Bridge,
    /// What commands printed, and what the table's other placeholders stand for.
    values: BTreeMap<String, String>,
}

impl Gcloud {
    /// gcloud against the sandbox at `url`, with the lines that `sandbox env` printed.
    pub fn new(sdk: &Sdk, url: &str, exports: &str, values: BTreeMap<String, String>) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let mut environment: BTreeMap<String, String> = exports
            .lines()
            .filter_map(|line| line.strip_prefix("export ")?.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let inside = |name: &str| folder.path().join(name).to_str().expect("a plain path").to_owned();
        let path = std::env::var("PATH").unwrap_or_default();
        for (name, value) in [
            ("PATH", path.as_str()),
            ("HOME", &inside("")),
            ("CLOUDSDK_CONFIG", &inside("config")),
            ("DOCKER_CONFIG", &inside("docker")),
            ("CLOUDSDK_CORE_PROJECT", &values["project"]),
            ("CLOUDSDK_CORE_CHECK_GCE_METADATA", "0"),
            ("CLOUDSDK_CORE_DISABLE_USAGE_REPORTING", "1"),
            ("CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK", "1"),
            ("CLOUDSDK_SURVEY_DISABLE_PROMPTS", "1"),
        ] {
            environment.insert(name.to_owned(), value.to_owned());
        }
        let bridge = Bridge::start(sdk, folder.path(), url);
        Self { folder, environment, bridge, values }
    }

    /// Runs a phase; each command must end with 0. What was printed, by the command's words.
    #[track_caller]
    pub fn run(&mut self, phase: &[Vec<Line>]) -> Vec<(String, String)> {
        let mut printed = Vec::new();
        for group in phase {
            let ran = self.group(group);
            let failed: Vec<&str> = ran.iter().filter_map(|one| one.fault.as_deref()).collect();
            assert!(failed.is_empty(), "{}", failed.join("\n"));
            for (line, one) in group.iter().zip(ran) {
                if let Some(name) = &line.keep {
                    assert!(!one.printed.trim().is_empty(), "`gcloud {}` printed nothing", one.command);
                    self.values.insert(name.clone(), one.printed.trim().to_owned());
                }
                printed.push((one.command, one.printed));
            }
        }
        printed
    }

    fn group(&self, group: &[Line]) -> Vec<Ran> {
        let open: Mutex<VecDeque<usize>> = Mutex::new((0..group.len()).collect());
        let done = Mutex::new(BTreeMap::new());
        thread::scope(|scope| {
            for _ in 0..AT_ONCE.min(group.len()) {
                scope.spawn(|| {
                    loop {
                        let Some(next) = open.lock().expect("no panic holds it").pop_front() else { break };
                        let ran = self.command(&group[next].arguments(&self.values));
                        done.lock().expect("no panic holds it").insert(next, ran);
                    }
                });
            }
        });
        done.into_inner().expect("no panic holds it").into_values().collect()
    }

    fn command(&self, arguments: &[String]) -> Ran {
        let mut command = Command::new("gcloud");
        command.args(arguments).env_clear().envs(&self.environment).current_dir(self.folder.path());
        if is_grpc(arguments) {
            command.envs(VIA_BRIDGE.iter().zip([self.bridge.port.as_str(), "false"]));
            command.env("CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", &self.bridge.certificate);
            command.env("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", &self.bridge.token);
        }
        let Output { status, stdout, stderr } =
            command.stdin(Stdio::null()).output().expect("gcloud was found a moment ago");
        let command = arguments.join(" ");
        let printed = String::from_utf8_lossy(&stdout).into_owned();
        let fault = (!status.success()).then(|| {
            format!("`gcloud {command}` ended with {status}\n{printed}\n{}", String::from_utf8_lossy(&stderr))
        });
        Ran { command, printed, fault }
    }
}

/// Worker pools are written over gRPC, which needs credentials and TLS.
fn is_grpc(arguments: &[String]) -> bool {
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    has("worker-pools") && (has("deploy") || has("delete"))
}

struct Ran {
    command: String,
    printed: String,
    fault: Option<String>,
}

/// The process that turns gRPC into REST; dropping it ends it.
struct Bridge {
    process: Child,
    port: String,
    certificate: PathBuf,
    token: PathBuf,
}

impl Bridge {
    fn start(sdk: &Sdk, folder: &Path, url: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gcloud/bridge.py");
        let (certificate, token) = (folder.join("bridge.pem"), folder.join("token"));
        fs::write(&token, "not-a-real-token\n").expect("the folder takes files");
        let lib = sdk.root.join("lib");
        let mut process = Command::new(&sdk.python)
            .arg(script)
            .arg(url.rsplit(':').next().expect("a port"))
            .arg(&certificate)
            .env("PYTHONPATH", format!("{}:{}", lib.display(), lib.join("third_party").display()))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("gcloud's own Python starts");
        let mut port = String::new();
        let printed = process.stdout.take().expect("it is piped");
        BufReader::new(printed).read_line(&mut port).expect("it prints text");
        let port = port.trim().to_owned();
        assert!(!port.is_empty(), "the bridge ended before it listened");
        Self { process, port, certificate, token }
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
