//! What is known of a kind's fields: the table that decides whether a difference is one and what it costs.

use super::Descriptor;
use crate::model::{Doc, DocPath, Segment};

/// The label by which kinds that have labels say which stack they are of. Written by the calls, never in the file;
/// a live resource has it beside the labels of the file and of others.
pub const STACK_LABEL: &str = "stackctl-stack";

/// How two values of a field are brought into one spelling before they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// As they are; numbers and strings that spell the same number are equal everywhere.
    Plain,
    /// Google links: from `projects/` on, project id and number alike, with or without host and version.
    Link,
    /// Google links whose project does not count, where Google names it by id here and by number there and it is not
    /// ours to know (the attachments of Cloud SQL's own projects).
    LinkInAnyProject,
    /// The last segment alone counts (`regions/us-central1` and `us-central1`).
    LastSegment,
    /// Durations: `300s`, `300.0s`, `5m`.
    Duration,
    /// CPU quantities: `1`, `1000m`.
    Cpu,
    /// Memory quantities: `1Gi`, `1024Mi`, `1073741824`.
    Memory,
    /// Letter case does not matter.
    IgnoreCase,
    /// Port ranges: `80` and `80-80`.
    PortRange,
    /// Order does not matter (a list of scalars or of whole objects). The list as a whole is the file's: an element
    /// that others added is a difference.
    Unordered,
    /// A list of objects told apart by the named field; order does not matter. As with maps, elements that others
    /// added are theirs; one that the file dropped is in `removed` as `secondaryIpRanges[rangeName=pods]`.
    KeyedBy(&'static str),
    /// CIDR: `10.0.0.0/24`, host bits cleared.
    Cidr,
    /// A time of day or a time: compared by meaning (`2024-01-01T00:00:00Z`, `…000Z`).
    Time,
    /// A project by id or number.
    Project,
    /// IAM bindings: a list `[{role, members, condition?}]` whose canonical form is a map, see [`super::iam`].
    Bindings,
}

/// A property of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// A change needs delete and create.
    Immutable,
    /// Set by the server; never in the stack file, dropped from bodies.
    OutputOnly,
    /// The server fills it in when it is not sent: never a change unless the file sets it.
    ServerDefault,
    /// Never shown; not comparable with what is read.
    Sensitive,
    /// Sent but never read back: a change shows through the inventory's keyed hash only.
    InputOnly,
    /// False, zero and empty must be sent explicitly.
    SendEmpty,
    /// Stamps of clients (`client`, `run.googleapis.com/client-name`): never compared, dropped from bodies.
    ClientStamp,
    /// It can only grow (disk size): less is an error at plan time.
    GrowOnly,
    /// An update writes the file's value instead of laying it over the live one: a choice of one among several
    /// fields (probes: `httpGet` or `tcpSocket`), of which the live one must not survive.
    Whole,
    /// A set to which others add: only our elements are compared, added and removed. A list of IAM members
    /// (`members` of `iamBindings`, `invokers`); `iam` needs no rule to be treated so.
    ///
    /// Changed and removed elements are named one by one, like the keys of a map: `members["user:a@b.c"]`, as
    /// `iam["roles/run.invoker"]["allUsers"]` is in `iam`; its canonical form is the map `{MEMBER: true}`. Holds at the
    /// path alone.
    Additive,
}

/// One row of a kind's field table.
///
/// `path` is in file space, dotted; `[]` is any element of a list, `{}` any value of a map
/// (`containers[].ports`, `labels{}`), `["a.b/c"]` a key that is no plain word, with `*` at its end for all that
/// begin so (`annotations["run.googleapis.com/*"]`). A rule holds for everything below its path unless a longer rule
/// says otherwise (of two as long, the one with more names in it); flags of the longest matching rule count alone.
/// What is said of the list itself (`Unordered`, `KeyedBy`, `Bindings`) and the default hold at the path alone.
#[derive(Debug, Clone, Copy)]
pub struct FieldRule {
    pub path: &'static str,
    pub flags: &'static [Flag],
    pub compare: Compare,
    /// The documented constant default as JSON text (`false`, `"ALWAYS"`): a field that equals it and is absent on
    /// the other side is no change, and a field dropped from the file is reset to it.
    pub default: Option<&'static str>,
    /// The update call of its own (`setPrivateIpGoogleAccess`, `expandIpCidrRange`); `None`: the kind's general one.
    pub via: Option<&'static str>,
    /// The page or recording that says so.
    pub source: &'static str,
}

impl FieldRule {
    /// A rule for `path`, known from `source`.
    pub const fn new(path: &'static str, source: &'static str) -> Self {
        Self { path, flags: &[], compare: Compare::Plain, default: None, via: None, source }
    }

    /// With flags.
    #[must_use]
    pub const fn flags(mut self, flags: &'static [Flag]) -> Self {
        self.flags = flags;
        self
    }

    /// With a way to compare.
    #[must_use]
    pub const fn compare(mut self, compare: Compare) -> Self {
        self.compare = compare;
        self
    }

    /// With a documented constant default, as JSON text.
    #[must_use]
    pub const fn default(mut self, json: &'static str) -> Self {
        self.default = Some(json);
        self
    }

    /// With an update call of its own.
    #[must_use]
    pub const fn via(mut self, call: &'static str) -> Self {
        self.via = Some(call);
        self
    }

    /// Whether it has the flag.
    pub fn has(&self, flag: Flag) -> bool {
        self.flags.contains(&flag)
    }
}

/// The rule that holds for a path.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub rule: &'static FieldRule,
    /// Whether it speaks of this very path, not of one above it.
    pub exact: bool,
}

impl Found {
    /// Whether the field, or what it is part of, has the flag.
    pub fn has(&self, flag: Flag) -> bool {
        self.rule.has(flag)
    }

    /// How to compare the value at the path.
    pub fn compare(&self) -> Compare {
        match self.rule.compare {
            Compare::Unordered | Compare::KeyedBy(_) | Compare::Bindings if !self.exact => Compare::Plain,
            compare => compare,
        }
    }

    /// The documented constant default of the value at the path.
    pub fn default(&self) -> Option<Doc> {
        let text = self.rule.default.filter(|_| self.exact)?;
        let json: serde_json::Value = serde_json::from_str(text).expect("defaults are JSON, a registry test holds it");
        Some(Doc::from(&json))
    }

    /// The update call of its own.
    pub fn via(&self) -> Option<&'static str> {
        self.rule.via
    }
}

/// Where no rule speaks: comparable as it is, changed by the general update.
static NO_RULE: FieldRule = FieldRule::new("", "no special behaviour is documented");

/// Fields that every entry can have.
static COMMON: &[FieldRule] = &[FieldRule::new("iam", "design.md: bindings are additive").compare(Compare::Bindings)];

/// The rule that holds for `path` (file space): the longest match, or one that says nothing special.
pub fn find(descriptor: &Descriptor, path: &DocPath) -> Found {
    // Asked for every field of every resource: most rules go by their first word.
    let first = match path.0.first() {
        Some(Segment::Key(key)) => key.as_str(),
        _ => "",
    };
    let rules = descriptor.fields.iter().chain(COMMON);
    let rules = rules.filter(|rule| rule.path.starts_with(first) || rule.path.starts_with(['{', '[']));
    let matches = rules.filter_map(|rule| Some((rank(rule.path, path)?, rule)));
    match matches.max_by_key(|(rank, _)| *rank) {
        Some((rank, rule)) => Found { rule, exact: rank.0 == path.0.len() },
        None => Found { rule: &NO_RULE, exact: path.0.is_empty() },
    }
}

/// How many segments of `path` the pattern covers, and how many of those by name; `None` where it does not match.
fn rank(pattern: &str, path: &DocPath) -> Option<(usize, usize)> {
    let mut segments = path.0.iter();
    let (mut length, mut named) = (0, 0);
    for token in tokens(pattern) {
        match (token, segments.next()?) {
            (Token::Name(name), Segment::Key(key)) if name == key => named += 1,
            (Token::Prefix(prefix), Segment::Key(key)) if key.starts_with(prefix) => named += 1,
            (Token::AnyValue, Segment::Key(_)) | (Token::AnyElement, Segment::Index(_) | Segment::Keyed(..)) => {}
            _ => return None,
        }
        length += 1;
    }
    Some((length, named))
}

/// A piece of a rule's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// `tier`, `["a.b"]`
    Name(&'a str),
    /// `["a.b/*"]`, without the star
    Prefix(&'a str),
    /// `[]`
    AnyElement,
    /// `{}`
    AnyValue,
}

/// The pieces of a rule's path.
pub fn tokens(pattern: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = pattern;
    std::iter::from_fn(move || {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if rest.is_empty() {
            return None;
        }
        if let Some(behind) = rest.strip_prefix("[]") {
            rest = behind;
            return Some(Token::AnyElement);
        }
        if let Some(behind) = rest.strip_prefix("{}") {
            rest = behind;
            return Some(Token::AnyValue);
        }
        if let Some((name, behind)) = rest.strip_prefix("[\"").and_then(|inner| inner.split_once("\"]")) {
            rest = behind;
            return Some(name.strip_suffix('*').map_or(Token::Name(name), Token::Prefix));
        }
        let (name, behind) = rest.split_at(rest.find(['.', '[', '{']).unwrap_or(rest.len()));
        rest = behind;
        Some(Token::Name(name))
    })
}

#[cfg(test)]
mod tests;
