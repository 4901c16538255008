//! The names of Google's APIs, without `.googleapis.com`: those of a recorded project's list, and others in wide use.

/// Known APIs, sorted.
pub(super) const NAMES: [&str; 154] = [
    "accesscontextmanager",
    "aiplatform",
    "alloydb",
    "analyticshub",
    "anthos",
    "anthosaudit",
    "anthosconfigmanagement",
    "anthosgke",
    "anthospolicycontroller",
    "apigateway",
    "apigee",
    "apihub",
    "apikeys",
    "appengine",
    "appenginereporting",
    "artifactregistry",
    "autoscaling",
    "backupdr",
    "batch",
    "bigquery",
    "bigqueryconnection",
    "bigquerydatapolicy",
    "bigquerymigration",
    "bigqueryreservation",
    "bigquerystorage",
    "bigtable",
    "bigtableadmin",
    "billingbudgets",
    "binaryauthorization",
    "calendar-json",
    "certificatemanager",
    "cloudapis",
    "cloudasset",
    "cloudbilling",
    "cloudbuild",
    "clouddeploy",
    "clouderrorreporting",
    "cloudfunctions",
    "cloudidentity",
    "cloudkms",
    "cloudprofiler",
    "cloudquotas",
    "cloudresourcemanager",
    "cloudscheduler",
    "cloudtasks",
    "cloudtrace",
    "composer",
    "compute",
    "connectgateway",
    "container",
    "containeranalysis",
    "containerfilesystem",
    "containerregistry",
    "datacatalog",
    "dataflow",
    "dataform",
    "datafusion",
    "dataplex",
    "dataproc",
    "dataproc-control",
    "datastore",
    "deploymentmanager",
    "developerconnect",
    "dialogflow",
    "discoveryengine",
    "dlp",
    "dns",
    "docs",
    "documentai",
    "domains",
    "drive",
    "edgecache",
    "edgecontainer",
    "edgenetwork",
    "essentialcontacts",
    "eventarc",
    "file",
    "firebase",
    "firestore",
    "generativelanguage",
    "gkebackup",
    "gkeconnect",
    "gkehub",
    "gkemulticloud",
    "gmail",
    "iam",
    "iamcredentials",
    "iap",
    "identitytoolkit",
    "krmapihosting",
    "language",
    "logging",
    "looker",
    "managedkafka",
    "maps-backend",
    "memcache",
    "memorystore",
    "metastore",
    "modelarmor",
    "monitoring",
    "multiclustermetering",
    "networkconnectivity",
    "networkmanagement",
    "networksecurity",
    "networkservices",
    "notebooks",
    "opsconfigmonitoring",
    "oracledatabase",
    "orgpolicy",
    "osconfig",
    "oslogin",
    "parametermanager",
    "people",
    "policysimulator",
    "privateca",
    "pubsub",
    "pubsublite",
    "recaptchaenterprise",
    "recommender",
    "redis",
    "run",
    "runtimeconfig",
    "secretmanager",
    "securitycenter",
    "servicecontrol",
    "servicedirectory",
    "servicemanagement",
    "servicenetworking",
    "serviceusage",
    "sheets",
    "source",
    "sourcerepo",
    "spanner",
    "speech",
    "sql-component",
    "sqladmin",
    "stackdriver",
    "storage",
    "storage-api",
    "storage-component",
    "storageinsights",
    "storagetransfer",
    "sts",
    "telemetry",
    "texttospeech",
    "tpu",
    "translate",
    "vision",
    "vmwareengine",
    "vpcaccess",
    "websecurityscanner",
    "workflowexecutions",
    "workflows",
    "workstations",
];

/// Whether an API of that name can be enabled.
///
/// The list is not all there is. So any name of the right form is one, unless it is one letter away from a known name:
/// then it is a slip, and Google would refuse it.
pub(super) fn is_known(service: &str) -> bool {
    let Some(name) = service.strip_suffix(".googleapis.com") else {
        return service.ends_with(".cloud.goog") || service.ends_with(".appspot.com");
    };
    let well_formed =
        !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let is_slip = || NAMES.iter().any(|known| is_one_letter_away(known, name));
    well_formed && (NAMES.contains(&name) || !is_slip())
}

/// Whether one letter more, less or another makes `a` out of `b`.
fn is_one_letter_away(a: &str, b: &str) -> bool {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let same_start = long.bytes().zip(short.bytes()).take_while(|(x, y)| x == y).count();
    let rest = &short.as_bytes()[same_start..];
    match long.len() - short.len() {
        0 => rest.is_empty() || rest[1..] == long.as_bytes()[same_start + 1..],
        1 => *rest == long.as_bytes()[same_start + 1..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_refused_and_other_names_taken() {
        for known in ["run", "sqladmin", "iap", "iam", "somethingnew"] {
            assert!(is_known(&format!("{known}.googleapis.com")), "{known}");
        }
        for slip in ["runn", "sqladmn", "conpute", "", "Run"] {
            assert!(!is_known(&format!("{slip}.googleapis.com")), "{slip}");
        }
        assert!(!is_known("run"));
    }
}
