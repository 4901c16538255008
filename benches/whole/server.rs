//! A served sandbox.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::process::{STACKCTL, cpu_of};

/// A `stackctl sandbox serve` of its own; ended when dropped.
pub struct Server {
    child: Child,
    port: u16,
    record: PathBuf,
}

impl Server {
    /// Serves an empty cloud; its files are in `folder`.
    pub fn start(folder: &Path, clock: &str) -> Self {
        let (port, record) = (folder.join("port"), folder.join("record"));
        let child = Command::new(STACKCTL)
            .args(["sandbox", "serve", "--clock", clock, "--listen", "127.0.0.1:0", "--quiet"])
            .args([Path::new("--port-file"), &port, Path::new("--record"), &record])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let began = Instant::now();
        while !port.exists() && began.elapsed() < Duration::from_secs(30) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let text = std::fs::read_to_string(&port).expect("the sandbox listens");
        Self { child, port: text.trim().parse().expect("a port"), record }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// How many requests it has answered.
    pub fn requests(&self) -> usize {
        std::fs::read(&self.record).map_or(0, |bytes| bytes.iter().filter(|byte| **byte == b'\n').count())
    }

    /// Seconds that it was on a CPU.
    pub fn cpu(&self) -> f64 {
        cpu_of(&self.child).unwrap_or(0.0)
    }

    /// Everything that it remembers, by key, its operations included.
    pub fn state(&self) -> serde_json::Map<String, serde_json::Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the sandbox listens");
        let host = stackctl::sandbox::admin::HOST;
        write!(stream, "GET /{host}/state HTTP/1.0\r\nhost: 127.0.0.1\r\n\r\n").expect("the sandbox takes a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the sandbox answers");
        let (_, body) = answer.split_once("\r\n\r\n").expect("an answer has a body");
        serde_json::from_str(body).expect("the state is JSON")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
