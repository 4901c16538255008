//! Whatever the bytes: no panic, and always either a stack or a reason.

use proptest::prelude::*;

use super::*;

const SOUND: &str = include_str!("sound.yaml");

fn survives(bytes: &[u8]) -> Result<(), TestCaseError> {
    let given = File { name: "stack.yaml".to_owned(), bytes: bytes.to_vec() };
    match parse(&[given], &[]) {
        Err(unreadable) => prop_assert!(!unreadable.findings.is_empty()),
        Ok(draft) => {
            let _ = wanted(&draft);
            let built = build(&draft, &Inputs::default());
            let errors = built.findings.iter().any(|finding| finding.severity == crate::model::Severity::Error);
            prop_assert_eq!(built.stack.is_none(), errors);
            for finding in &built.findings {
                let span = finding.span.unwrap_or_default();
                let text = &draft.sources.0[0].text;
                prop_assert!(text.get(span.start as usize..span.end as usize).is_some(), "{:?}", finding);
            }
        }
    }
    Ok(())
}

#[test]
fn the_sound_stack_is_sound() {
    let inputs = Inputs { project_number: Some("1".into()), ..Inputs::default() };
    assert!(stack_of(SOUND, &inputs).entries.len() > 5);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        survives(&bytes)?;
    }

    #[test]
    fn arbitrary_yaml_like_text(text in "[a-z:{}\\[\\]&*!|>'\"%@`#,?$ \n-]{0,200}") {
        survives(text.as_bytes())?;
    }

    #[test]
    fn a_stack_with_bytes_changed(changes in proptest::collection::vec((0..SOUND.len(), any::<u8>()), 1..6)) {
        let mut bytes = SOUND.as_bytes().to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        survives(&bytes)?;
    }

    #[test]
    fn a_stack_with_pieces_moved(from in 0..SOUND.len(), length in 0..60_usize, to in 0..SOUND.len()) {
        let mut bytes = SOUND.as_bytes().to_vec();
        let piece: Vec<u8> = bytes[from..(from + length).min(SOUND.len())].to_vec();
        bytes.splice(to..to, piece);
        survives(&bytes)?;
    }

    #[test]
    fn a_stack_cut_short(end in 0..SOUND.len()) {
        survives(&SOUND.as_bytes()[..end])?;
    }

    #[test]
    fn arbitrary_expressions(inner in "[a-z.\\[\\]\"':?$(){} 0-9-]{0,40}") {
        let text = with_head(&format!("services:\n  a:\n    image: x/y\n    env:\n      A: |-\n        ${{{inner}}} ${{env.{inner}}}\n"));
        survives(text.as_bytes())?;
    }
}
