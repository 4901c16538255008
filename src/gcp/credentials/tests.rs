use super::*;

fn machine(folder: &Path) -> Machine {
    Machine { gcloud_folder: Some(folder.to_owned()), ..Machine::default() }
}

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn kind(found: Credential) -> FileKind {
    match found {
        Credential::File { kind, .. } => kind,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_credential_file_is_read_by_its_type() {
    let folder = tempfile::tempdir().unwrap();
    for (text, expected) in [
        (r#"{"type": "service_account"}"#, FileKind::ServiceAccount),
        (r#"{"type": "authorized_user"}"#, FileKind::AuthorizedUser(UserFile::Elsewhere)),
        (r#"{"type": "external_account"}"#, FileKind::ExternalAccount),
        (r#"{"type": "impersonated_service_account"}"#, FileKind::Impersonated),
    ] {
        let path = file(folder.path(), "key.json", text);
        let machine = Machine { credential_file: Some(path), ..machine(folder.path()) };
        assert_eq!(kind(Credential::find(&machine).unwrap()), expected);
    }
}

#[test]
fn unusable_files_are_named_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    for (text, words) in [
        (r#"{"type": "gdch_service_account"}"#, "are of type `gdch_service_account`"),
        ("{", "cannot read the credentials in"),
        (r#"{"client_id": "x"}"#, "cannot read the credentials in"),
    ] {
        let path = file(folder.path(), "key.json", text);
        let machine = Machine { credential_file: Some(path.clone()), ..machine(folder.path()) };
        let error = Credential::find(&machine).unwrap_err();
        assert!(error.to_string().contains(words) && error.to_string().contains(path.to_str().unwrap()), "{error}");
        assert!(!error.hint().is_empty());
    }
    let missing = Machine { credential_file: Some(folder.path().join("none")), ..machine(folder.path()) };
    assert!(matches!(Credential::find(&missing), Err(TokenError::Unreadable { .. })));
}

#[test]
fn the_first_of_the_known_places_counts() {
    let folder = tempfile::tempdir().unwrap();
    let bare = machine(folder.path());
    assert_eq!(Credential::find(&bare).unwrap(), Credential::Unknown);
    let google = Machine { google_machine: GoogleMachine::Yes, ..bare.clone() };
    assert_eq!(Credential::find(&google).unwrap(), Credential::Metadata);
    file(folder.path(), "application_default_credentials.json", r#"{"type": "authorized_user"}"#);
    assert_eq!(kind(Credential::find(&google).unwrap()), FileKind::AuthorizedUser(UserFile::WellKnown));
    let moved = Machine { usual_folder: UsualFolder::No, ..google.clone() };
    assert_eq!(kind(Credential::find(&moved).unwrap()), FileKind::AuthorizedUser(UserFile::Elsewhere));
    let given = Machine { access_token: Some("t".into()), ..google };
    assert!(matches!(Credential::find(&given).unwrap(), Credential::Given { .. }));
}

#[tokio::test]
async fn a_given_token_is_given_and_never_shown() {
    let machine = Machine { access_token: Some("ya29.secret".into()), ..Machine::default() };
    let credential = Credential::find(&machine).unwrap();
    assert_eq!(credential.fetch().await.unwrap().token, "ya29.secret");
    assert!(!format!("{credential:?}").contains("secret"));
}

#[tokio::test]
async fn a_file_that_gives_no_token_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "key.json", r#"{"type": "service_account", "private_key": "none"}"#);
    let machine = Machine { credential_file: Some(path), ..machine(folder.path()) };
    let error = Credential::find(&machine).unwrap().fetch().await.unwrap_err();
    assert!(matches!(error, TokenError::Refused { .. }), "{error:?}");
    assert!(error.hint().contains("gcloud iam service-accounts keys list"), "{}", error.hint());
}
