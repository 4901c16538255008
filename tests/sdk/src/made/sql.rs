//! Cloud SQL: instances, databases, users.

use google_cloud_sql_v1::model::database_instance::SqlInstanceState;
use google_cloud_sql_v1::model::ip_configuration::SslMode;
use google_cloud_sql_v1::model::operation::{SqlOperationStatus, SqlOperationType};
use google_cloud_sql_v1::model::settings::Edition;
use google_cloud_sql_v1::model::user::SqlUserType;
use google_cloud_sql_v1::model::{
    BackupConfiguration, Database, DatabaseFlags, DatabaseInstance, IpConfiguration, Operation, PscConfig, Settings,
    SqlDatabaseVersion, User,
};

use super::world;
use crate::answer::{known, refusal};
use crate::context::{PROJECT, World};

pub const INSTANCE: &str = "sqlInstances:
  main:
    databaseVersion: POSTGRES_18
    edition: ENTERPRISE
    tier: db-f1-micro
    dataDiskSizeGb: 20
    databaseFlags: {cloudsql.iam_authentication: \"on\"}
    backupConfiguration: {enabled: true, startTime: \"03:00\"}
    ipConfiguration:
      ipv4Enabled: false
      sslMode: ENCRYPTED_ONLY
      pscConfig: {pscEnabled: true, allowedConsumerProjects: [sandbox-project]}
    userLabels: {team: data}
";

/// Cloud SQL's clients have no pollers: asks until the operation is done, at most 50 times.
pub async fn finish(world: &World, operation: Operation) -> Operation {
    let mut operation = known(operation);
    for _ in 0..50 {
        if operation.status == SqlOperationStatus::Done {
            assert_eq!(operation.error, None);
            return operation;
        }
        let get = world.clients.sql_operations.get().set_project(PROJECT).set_operation(&operation.name);
        operation = known(get.send().await.unwrap());
    }
    panic!("not done: {operation:?}");
}

/// An instance called `main`, with a door for Private Service Connect.
pub async fn make_instance(world: &World) {
    let psc = PscConfig::new().set_psc_enabled(true).set_allowed_consumer_projects([PROJECT]);
    let ip = IpConfiguration::new().set_ipv4_enabled(false).set_ssl_mode(SslMode::EncryptedOnly).set_psc_config(psc);
    let settings = Settings::new()
        .set_edition(Edition::Enterprise)
        .set_tier("db-f1-micro")
        .set_data_disk_size_gb(20)
        .set_database_flags([DatabaseFlags::new().set_name("cloudsql.iam_authentication").set_value("on")])
        .set_backup_configuration(BackupConfiguration::new().set_enabled(true).set_start_time("03:00"))
        .set_ip_configuration(ip)
        .set_user_labels([("team", "data")]);
    let instance = DatabaseInstance::new()
        .set_name("main")
        .set_region("us-central1")
        .set_database_version(SqlDatabaseVersion::Postgres18)
        .set_settings(settings);
    let insert = world.clients.instances.insert().set_project(PROJECT).set_body(instance).send().await.unwrap();
    assert_eq!((&insert.operation_type, insert.target_id.as_str()), (&SqlOperationType::Create, "main"));
    finish(world, insert).await;
    let made = get_instance(world).await.unwrap();
    assert_eq!(made.state, SqlInstanceState::Runnable);
}

async fn get_instance(world: &World) -> Result<DatabaseInstance, google_cloud_gax::error::Error> {
    world.clients.instances.get().set_project(PROJECT).set_instance("main").send().await
}

#[tokio::test]
async fn sql_instances_are_taken_over() {
    let world = world(INSTANCE).await;
    let instances = &world.clients.instances;
    make_instance(&world).await;
    world.adopts("sqlInstances.main");

    let other = Settings::new().set_tier("db-g1-small");
    let patch = instances.patch().set_project(PROJECT).set_instance("main");
    let patched = patch.set_body(DatabaseInstance::new().set_settings(other)).send().await.unwrap();
    assert_eq!(finish(&world, patched).await.operation_type, SqlOperationType::Update);
    world.drifts("sqlInstances.main", "tier");
    let mut found = get_instance(&world).await.unwrap();
    assert_eq!(found.settings.as_ref().unwrap().tier, "db-f1-micro");

    let settings = found.settings.as_mut().unwrap();
    settings.backup_configuration.as_mut().unwrap().start_time = "07:00".to_owned();
    let update = instances.update().set_project(PROJECT).set_instance("main").set_body(found).send().await.unwrap();
    finish(&world, update).await;
    world.drifts("sqlInstances.main", "backupConfiguration.startTime");

    let deleted = instances.delete().set_project(PROJECT).set_instance("main").send().await.unwrap();
    finish(&world, deleted).await;
    assert_eq!(refusal(get_instance(&world).await).http, 404);
    let blocked = world.run(&["apply", "--yes"], 1);
    assert!(blocked.stderr.contains("main"), "a deleted instance's name is blocked for a week: {}", blocked.stderr);
    assert_eq!(refusal(get_instance(&world).await).http, 404);
}

#[tokio::test]
async fn sql_instances_destroyed_by_stackctl_are_gone() {
    let world = world(INSTANCE).await;
    world.run(&["apply", "--yes"], 0);
    assert_eq!(get_instance(&world).await.unwrap().state, SqlInstanceState::Runnable);
    world.destroys(&["sqlInstances.main"]);
    let gone = refusal(get_instance(&world).await);
    assert_eq!((gone.http, gone.message.as_str()), (404, "The Cloud SQL instance does not exist."));
}

#[tokio::test]
async fn sql_databases_are_taken_over() {
    let entries = "sqlDatabases:
  orders: {instance: main, charset: UTF8, collation: en_US.UTF8}
";
    let world = world(&format!("{INSTANCE}{entries}")).await;
    let databases = &world.clients.databases;
    make_instance(&world).await;
    let get = || databases.get().set_project(PROJECT).set_instance("main").set_database("orders").send();
    let orders = Database::new().set_name("orders").set_charset("UTF8").set_collation("en_US.UTF8");
    let insert = databases.insert().set_project(PROJECT).set_instance("main").set_body(orders).send().await.unwrap();
    assert_eq!(finish(&world, insert).await.operation_type, SqlOperationType::CreateDatabase);
    world.adopts("sqlDatabases.orders");

    let delete = databases.delete().set_project(PROJECT).set_instance("main").set_database("orders");
    finish(&world, delete.send().await.unwrap()).await;
    world.makes_anew("sqlDatabases.orders");
    assert_eq!(get().await.unwrap().collation, "en_US.UTF8");

    world.destroys(&["sqlInstances.main", "sqlDatabases.orders"]);
    assert_eq!(refusal(get().await).http, 404);
}

#[tokio::test]
async fn sql_users_are_taken_over() {
    let entries = "sqlUsers:
  ann: {instance: main, user: ann@example.com}
";
    let world = world(&format!("{INSTANCE}{entries}")).await;
    let users = &world.clients.users;
    make_instance(&world).await;
    let ann = User::new().set_name("ann@example.com").set_type(SqlUserType::CloudIamUser);
    let insert = users.insert().set_project(PROJECT).set_instance("main").set_body(ann).send().await.unwrap();
    assert_eq!(finish(&world, insert).await.operation_type, SqlOperationType::CreateUser);
    world.adopts("sqlUsers.ann");

    let delete = users.delete().set_project(PROJECT).set_instance("main").set_name("ann@example.com");
    finish(&world, delete.send().await.unwrap()).await;
    world.makes_anew("sqlUsers.ann");
    let listed = users.list().set_project(PROJECT).set_instance("main").send().await.unwrap();
    let ann = listed.items.iter().find(|user| user.name == "ann@example.com").unwrap();
    assert_eq!(ann.r#type, SqlUserType::CloudIamUser);

    let without = entries.replace("ann: {instance: main, user: ann@example.com}", "{}").replace("sqlUsers:\n  {}", "");
    world.write(&format!("{}{INSTANCE}{without}", super::HEAD));
    world.run(&["apply", "--yes"], 0);
    let listed = users.list().set_project(PROJECT).set_instance("main").send().await.unwrap();
    assert!(!listed.items.iter().any(|user| user.name == "ann@example.com"), "{listed:?}");
}
