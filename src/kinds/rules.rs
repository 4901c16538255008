//! What is known of a kind's fields: the table that decides whether a difference is one and what it costs.

/// How two values of a field are brought into one spelling before they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// As they are; numbers and strings that spell the same number are equal everywhere.
    Plain,
    /// Google links: from `projects/` on, project id and number alike, with or without host and version.
    Link,
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
    /// Order does not matter (a list of scalars or of whole objects).
    Unordered,
    /// A list of objects told apart by the named field; order does not matter.
    KeyedBy(&'static str),
    /// CIDR: `10.0.0.0/24`, host bits cleared.
    Cidr,
    /// A time of day or a time: compared by meaning (`2024-01-01T00:00:00Z`, `…000Z`).
    Time,
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
}

/// One row of a kind's field table.
///
/// `path` is in file space, dotted; `[]` is any element of a list, `{}` any value of a map
/// (`containers[].ports`, `labels{}`). A rule holds for everything below its path unless a longer rule says
/// otherwise; flags of the longest matching rule count alone.
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
