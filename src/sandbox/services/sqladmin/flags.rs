//! Database flags: the answer of `flags.list`, and which flags and values an instance takes.
//!
//! The names and bounds are those of Google's pages on database flags; of the hundreds that exist the commonly set ones
//! are listed. Others are let through for PostgreSQL extensions' dotted names and refused otherwise.

use serde_json::{Value as Json, json};

use super::versions::Engine;

/// What a flag takes.
#[derive(Debug, Clone, Copy)]
enum Takes {
    Switch,
    Number(i64, i64),
    Float,
    Text,
    OneOf(&'static [&'static str]),
}

use Takes::{Float, Number, OneOf, Switch, Text};

/// Name, what it takes, whether a change restarts the instance.
type Flag = (&'static str, Takes, bool);

const MAX: i64 = 2_147_483_647;
const LEVELS: &[&str] =
    &["debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning", "error", "log", "fatal", "panic"];

const POSTGRES: [Flag; 82] = [
    ("autovacuum", Switch, false),
    ("autovacuum_analyze_scale_factor", Float, false),
    ("autovacuum_analyze_threshold", Number(0, MAX), false),
    ("autovacuum_freeze_max_age", Number(100_000, 2_000_000_000), true),
    ("autovacuum_max_workers", Number(1, 262_143), true),
    ("autovacuum_naptime", Number(1, 2_147_483), false),
    ("autovacuum_vacuum_cost_delay", Float, false),
    ("autovacuum_vacuum_cost_limit", Number(-1, 10_000), false),
    ("autovacuum_vacuum_insert_scale_factor", Float, false),
    ("autovacuum_vacuum_scale_factor", Float, false),
    ("autovacuum_vacuum_threshold", Number(0, MAX), false),
    ("autovacuum_work_mem", Number(-1, MAX), false),
    ("checkpoint_completion_target", Float, false),
    ("checkpoint_timeout", Number(30, 86_400), false),
    ("cloudsql.allow_passwordless_local_connections", Switch, false),
    ("cloudsql.enable_auto_explain", Switch, true),
    ("cloudsql.enable_maintenance_mode", Switch, false),
    ("cloudsql.enable_pg_bigm", Switch, true),
    ("cloudsql.enable_pg_cron", Switch, true),
    ("cloudsql.enable_pg_hint_plan", Switch, true),
    ("cloudsql.enable_pgaudit", Switch, true),
    ("cloudsql.enable_pglogical", Switch, true),
    ("cloudsql.iam_authentication", Switch, false),
    ("cloudsql.logical_decoding", Switch, true),
    ("cloudsql.pg_shadow_select_role", Text, false),
    ("cloudsql.enable_anon", Switch, true),
    ("cron.database_name", Text, true),
    ("cron.log_statement", Switch, true),
    ("cron.max_running_jobs", Number(0, 5_000), true),
    ("deadlock_timeout", Number(1, MAX), false),
    ("default_statistics_target", Number(1, 10_000), false),
    (
        "default_transaction_isolation",
        OneOf(&["serializable", "repeatable read", "read committed", "read uncommitted"]),
        false,
    ),
    ("default_transaction_read_only", Switch, false),
    ("effective_cache_size", Number(1, MAX), false),
    ("effective_io_concurrency", Number(0, 1_000), false),
    ("enable_hashagg", Switch, false),
    ("enable_nestloop", Switch, false),
    ("enable_partitionwise_join", Switch, false),
    ("enable_seqscan", Switch, false),
    ("hot_standby_feedback", Switch, false),
    ("idle_in_transaction_session_timeout", Number(0, MAX), false),
    ("idle_session_timeout", Number(0, MAX), false),
    ("jit", Switch, false),
    ("lock_timeout", Number(0, MAX), false),
    ("log_autovacuum_min_duration", Number(-1, MAX), false),
    ("log_checkpoints", Switch, false),
    ("log_connections", Switch, false),
    ("log_disconnections", Switch, false),
    ("log_duration", Switch, false),
    ("log_error_verbosity", OneOf(&["default", "terse", "verbose"]), false),
    ("log_hostname", Switch, false),
    ("log_line_prefix", Text, false),
    ("log_lock_waits", Switch, false),
    ("log_min_duration_statement", Number(-1, MAX), false),
    ("log_min_error_statement", OneOf(LEVELS), false),
    ("log_min_messages", OneOf(LEVELS), false),
    ("log_statement", OneOf(&["none", "ddl", "mod", "all"]), false),
    ("log_temp_files", Number(-1, MAX), false),
    ("maintenance_work_mem", Number(1_024, MAX), false),
    ("max_connections", Number(14, 262_143), true),
    ("max_locks_per_transaction", Number(10, MAX), true),
    ("max_parallel_maintenance_workers", Number(0, 1_024), false),
    ("max_parallel_workers", Number(0, 1_024), false),
    ("max_parallel_workers_per_gather", Number(0, 1_024), false),
    ("max_pred_locks_per_transaction", Number(64, MAX), true),
    ("max_prepared_transactions", Number(0, 262_143), true),
    ("max_replication_slots", Number(10, MAX), true),
    ("max_standby_archive_delay", Number(-1, MAX), false),
    ("max_standby_streaming_delay", Number(-1, MAX), false),
    ("max_wal_senders", Number(10, 262_143), true),
    ("max_wal_size", Number(2, MAX), false),
    ("max_worker_processes", Number(8, 262_143), true),
    ("pg_stat_statements.max", Number(100, MAX), true),
    ("pg_stat_statements.track", OneOf(&["none", "top", "all"]), false),
    ("pgaudit.log", Text, false),
    ("random_page_cost", Float, false),
    ("shared_buffers", Number(16, 1_073_741_823), true),
    ("statement_timeout", Number(0, MAX), false),
    ("temp_file_limit", Number(-1, MAX), false),
    ("timezone", Text, false),
    ("wal_compression", Switch, false),
    ("work_mem", Number(64, MAX), false),
];

const MYSQL: [Flag; 28] = [
    ("audit_log", Switch, true),
    ("character_set_server", Text, true),
    ("cloudsql_iam_authentication", Switch, false),
    ("collation_server", Text, true),
    ("default_time_zone", Text, true),
    ("event_scheduler", Switch, false),
    ("general_log", Switch, false),
    ("group_concat_max_len", Number(4, MAX), false),
    ("innodb_buffer_pool_size", Number(5_242_880, i64::MAX), true),
    ("innodb_flush_log_at_trx_commit", Number(0, 2), false),
    ("innodb_lock_wait_timeout", Number(1, 1_073_741_824), false),
    ("innodb_log_file_size", Number(4_194_304, 274_877_906_944), true),
    ("interactive_timeout", Number(1, 31_536_000), false),
    ("local_infile", Switch, false),
    ("lock_wait_timeout", Number(1, 31_536_000), false),
    ("log_bin_trust_function_creators", Switch, false),
    ("log_output", OneOf(&["FILE", "TABLE", "NONE", "FILE,TABLE"]), false),
    ("long_query_time", Float, false),
    ("lower_case_table_names", Number(0, 1), true),
    ("max_allowed_packet", Number(16_384, 1_073_741_824), false),
    ("max_connections", Number(1, 100_000), false),
    ("max_execution_time", Number(0, i64::MAX), false),
    ("performance_schema", Switch, true),
    ("skip_show_database", Switch, true),
    ("slow_query_log", Switch, false),
    ("sql_mode", Text, false),
    ("transaction_isolation", OneOf(&["READ-UNCOMMITTED", "READ-COMMITTED", "REPEATABLE-READ", "SERIALIZABLE"]), true),
    ("wait_timeout", Number(1, 31_536_000), false),
];

const SQL_SERVER: [Flag; 8] = [
    ("1204", Switch, true),
    ("1222", Switch, true),
    ("3625", Switch, true),
    ("contained database authentication", Switch, false),
    ("cross db ownership chaining", Switch, false),
    ("max server memory (mb)", Number(1_000, MAX), true),
    ("max worker threads", Number(128, 32_767), true),
    ("user connections", Number(10, 32_767), true),
];

fn table(engine: Engine) -> &'static [Flag] {
    match engine {
        Engine::Postgres => &POSTGRES,
        Engine::MySql => &MYSQL,
        Engine::SqlServer => &SQL_SERVER,
    }
}

/// Why a list of flags is refused.
pub(super) fn refusal(flags: &Json, engine: Engine) -> Option<String> {
    let mut seen = Vec::new();
    for flag in flags.as_array().into_iter().flatten() {
        let (name, value) = (flag["name"].as_str().unwrap_or_default(), flag["value"].as_str().unwrap_or_default());
        if seen.contains(&name) {
            return Some(format!("Invalid request: Duplicate flag: {name}."));
        }
        seen.push(name);
        let known = table(engine).iter().find(|(known, ..)| *known == name);
        match known {
            None if engine == Engine::Postgres && name.contains('.') => {}
            None => {
                return Some(format!("Invalid request: Invalid flag for instance role: Flag {name} is not supported."));
            }
            Some((_, takes, _)) if !fits(*takes, value) => {
                return Some(format!("Invalid request: Invalid flag value {value} for flag {name}."));
            }
            Some(_) => {}
        }
    }
    None
}

fn fits(takes: Takes, value: &str) -> bool {
    match takes {
        Switch => ["on", "off"].contains(&value),
        Number(low, high) => value.parse::<i64>().is_ok_and(|number| (low..=high).contains(&number)),
        Float => value.parse::<f64>().is_ok(),
        Text => true,
        OneOf(options) => options.contains(&value),
    }
}

/// The answer of `flags.list`, of one version or of all.
pub(super) fn list(of: Option<Engine>) -> Json {
    let engines = [
        (Engine::MySql, "MYSQL_8_0"),
        (Engine::Postgres, "POSTGRES_15"),
        (Engine::SqlServer, "SQLSERVER_2022_STANDARD"),
    ];
    let items: Vec<Json> = engines
        .into_iter()
        .filter(|(engine, _)| of.is_none_or(|wanted| wanted == *engine))
        .flat_map(|(engine, version)| table(engine).iter().map(move |flag| entry(flag, version)))
        .collect();
    json!({"kind": "sql#flagsList", "items": items})
}

fn entry((name, takes, restart): &Flag, version: &str) -> Json {
    let mut entry = json!({"kind": "sql#flag", "name": name, "appliesTo": [version], "requiresRestart": restart});
    match takes {
        Switch => {
            entry["type"] = json!("BOOLEAN");
            entry["allowedStringValues"] = json!(["on", "off"]);
        }
        Number(low, high) => {
            entry["type"] = json!("INTEGER");
            entry["minValue"] = json!(low.to_string());
            entry["maxValue"] = json!(high.to_string());
        }
        Float => entry["type"] = json!("FLOAT"),
        Text => entry["type"] = json!("STRING"),
        OneOf(options) => {
            entry["type"] = json!("STRING");
            entry["allowedStringValues"] = json!(options);
        }
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, value: &str) -> bool {
        refusal(&json!([{"name": name, "value": value}]), Engine::Postgres).is_some()
    }

    #[test]
    fn flags_of_the_recordings_are_taken() {
        for (name, value) in [
            ("cloudsql.iam_authentication", "on"),
            ("max_connections", "10000"),
            ("max_standby_archive_delay", "180000"),
            ("temp_file_limit", "3145728"),
            ("autovacuum", "on"),
            ("max_worker_processes", "8"),
        ] {
            assert!(!refused(name, value), "{name}");
        }
    }

    #[test]
    fn unknown_names_wrong_values_and_doubles_are_refused() {
        assert!(refused("max_conections", "100"));
        assert!(refused("max_connections", "many") && refused("max_connections", "1"));
        assert!(refused("cloudsql.iam_authentication", "true"));
        let twice = json!([{"name": "autovacuum", "value": "on"}, {"name": "autovacuum", "value": "off"}]);
        assert!(refusal(&twice, Engine::Postgres).is_some());
    }
}
