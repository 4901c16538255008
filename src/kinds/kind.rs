//! The trait of a kind, and its erasure into a registry row.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::call::{Refusal, Verdict};
use super::payload::Payload;
use super::{Call, Descriptor, StepInput};
use crate::model::tree::Node;
use crate::model::typed::{self, Typed};
use crate::model::{Diagnostic, Doc, DocPath, Map, Place, ProjectFacts};
use crate::wire::Request;

/// A live resource as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// The resource in API space, as Google answered.
    pub api: Json,
    /// Its own IAM policy, where it was read.
    pub policy: Option<Json>,
    /// Further answers, by the names of [`Lookup::extra`].
    pub extra: Vec<(&'static str, Option<Json>)>,
}

/// What to read to know a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Lookup {
    /// Reads the resource alone; `None` where the API can only list. Of a kind that is not `readable` it is a shortcut
    /// around a step: what it does not find is looked for in the list.
    pub item: Option<Request>,
    /// The first page of the collection it is in, without page size and token; `None` where it cannot be listed.
    pub list: Option<Request>,
    /// Reads its IAM policy.
    pub policy: Option<Request>,
    /// What else the kind wants once the resource is known to exist (a secret's versions).
    pub extra: Vec<Extra>,
}

/// A further read of a resource that is known to exist. 404 is an answer (`None` in [`Live::extra`]).
#[derive(Debug, Clone, PartialEq)]
pub struct Extra {
    pub name: &'static str,
    pub request: Request,
    /// For a list: where its elements are; all pages are read and their elements joined under this key.
    pub pages: Option<&'static str>,
    pub when: ExtraWhen,
}

/// When a further read is worth its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtraWhen {
    /// With every read of the resource.
    Always,
    /// Where the stack uses one of these outputs; just before and just after a step of the resource; and where its
    /// last step is not known to have ended well.
    Outputs(&'static [&'static str]),
    /// Where the resource is to go: to say what is lost with it.
    Loss,
}

/// The document of a parent entry (`instance`), where it is an entry of the same stack.
pub type Parents<'a> = &'a dyn Fn(&str) -> Option<&'a Doc>;

/// What a check sees of an entry: everything is resolved, unknown values stay unknown.
#[derive(Debug)]
pub struct CheckInput<'a> {
    pub place: &'a Place,
    pub doc: &'a Doc,
}

/// Whether what is wrong with a resource that was just written may pass by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passing {
    /// It stays as it is until somebody does something.
    No,
    /// A few looks tell.
    Shortly,
    /// Google still works on it: as long as it does.
    WhileItWorks,
}

/// A resource type.
pub trait Kind: 'static {
    /// The entry's fields as the user writes them; `deny_unknown_fields`, camel case, every leaf a `Value` or `Ref`.
    /// The fields that all entries have (`name`, `region`, `lifecycle`, `iam`, …) are not in it.
    type Spec: DeserializeOwned + JsonSchema;

    /// The static facts.
    const DESCRIPTOR: &'static Descriptor;

    /// Why `name` cannot be the resource's name at Google, in words; with Google's rule.
    fn check_name(name: &str) -> Result<(), String>;

    /// Completes place and document with what follows from its parent entries, once references are resolved and
    /// before `complete`: the name in the cloud where it is not the key (the login of a SQL user, which depends on
    /// the instance's database).
    fn settle(_place: &mut Place, _doc: &mut Doc, _parent: Parents<'_>) {}

    /// Completes a document with what follows from it and the user must never have to work out
    /// (`addressType: INTERNAL` from `subnetwork`, the login of a SQL user). Runs before `check`.
    fn complete(_place: &Place, _doc: &mut Doc) {}

    /// Faults that can be known offline: tier against edition, conflicting fields, ranges. Each names its field.
    fn check(_input: &CheckInput<'_>) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// The values that never stand in the document, and where they come from.
    fn payloads(_doc: &Doc) -> Vec<Payload> {
        Vec::new()
    }

    /// The payloads that the live resource lacks, by name: changed, whatever the inventory says (a secret without an
    /// enabled version, whose making was interrupted).
    fn lacks(_live: &Live) -> Vec<&'static str> {
        Vec::new()
    }

    /// Why the live resource needs an update although no field differs, in words: its newest revision did not start,
    /// and what was missing (a right, a secret) may be there by now. The step's `changed` is empty then.
    fn ails(_live: &Live) -> Option<String> {
        None
    }

    /// Outputs of the live resource that the step will change: known after apply. Those of a create and a replace
    /// are unknown anyway, but for the known ones.
    fn unsettled(_input: &StepInput<'_>) -> Vec<&'static str> {
        Vec::new()
    }

    /// Outputs that are known without asking the cloud for this resource (names, e-mails, deterministic URLs).
    fn known_outputs(_place: &Place, _project: &ProjectFacts, _doc: &Doc) -> Map {
        Map::new()
    }

    /// Outputs of the live resource that are not just a field of it.
    fn live_outputs(_place: &Place, _live: &Live) -> Map {
        Map::new()
    }

    /// What to read. The default follows the descriptor.
    fn lookup(place: &Place, project: &ProjectFacts, doc: Option<&Doc>) -> Lookup {
        super::descriptor_calls::lookup(Self::DESCRIPTOR, place, project, doc)
    }

    /// Whether an element of the collection is this resource. The default compares names.
    fn is_member(place: &Place, element: &Json) -> bool {
        super::descriptor_calls::is_member(Self::DESCRIPTOR, place, element)
    }

    /// The live resource in file space, output-only fields included (rules tell them apart). The default applies
    /// the shapes backwards and puts the policy's bindings under `iam`.
    fn to_file(place: &Place, live: &Live) -> Doc {
        super::descriptor_calls::to_file(Self::DESCRIPTOR, place, live)
    }

    /// What Google fills in where an entry says nothing, given the rest of it: values in file space that need not stand
    /// in a file. `file` is the whole live resource; what Google chose by itself (a zone, an address) is echoed from
    /// there. Constant defaults stand in the field rules and need not be here. For `export` alone.
    fn filled(_place: &Place, _project: &ProjectFacts, _file: &Doc) -> Doc {
        Doc::map()
    }

    /// The calls of a step. The default follows the descriptor: POST to the collection, the update style and the
    /// fields' own update calls, DELETE of the item, policy edits from `iam`.
    ///
    /// # Errors
    /// A step that cannot be carried out, with the reason (a missing payload).
    fn calls(input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
        super::descriptor_calls::calls(Self::DESCRIPTOR, input)
    }

    /// Whether what was read of an entry that is not in the inventory is a resource to adopt, or only the ground on
    /// which the entry builds, so that the action is a create. Additive kinds (IAM bindings, whose role others hold
    /// too) are there only once all that they want is.
    fn is_there(_place: &Place, _doc: &Doc, _live: &Live) -> bool {
        true
    }

    /// Changed fields that need delete and create though their rules do not say so, because it depends on their
    /// values (a range that does not grow, the target of a PSC endpoint). Asked for updates; the plan replaces then.
    fn replaces(_input: &StepInput<'_>) -> Vec<DocPath> {
        Vec::new()
    }

    /// What stands against a planned step and can be known from the live resource: an edition or a version that would
    /// go down, a deletion protection that is on. Errors refuse the plan; each names the way out. That a field may
    /// only grow is in its rule.
    fn objections(_input: &StepInput<'_>) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// The same request with `validateOnly`, for the kinds that ask Google at plan time.
    fn dry_run(_input: &StepInput<'_>) -> Option<Request> {
        None
    }

    /// Whether what was read back is what was wanted (a PSC rule that is not accepted). Runs after a create, an
    /// update, and an adopt with changes.
    ///
    /// # Errors
    /// What is wrong and the way out. A warning says that it is as wanted and still incomplete (a revision that gets
    /// no traffic): the resource is recorded, the run ends with exit code 5.
    fn verify(_input: &StepInput<'_>, _live: &Live) -> Result<(), Diagnostic> {
        Ok(())
    }

    /// Whether what `verify` finds wrong may pass by itself. A definite failure is not looked at twice.
    fn passing(_live: &Live) -> Passing {
        Passing::Shortly
    }

    /// What is special in a refusal of one of its calls.
    fn judge(_refusal: &Refusal<'_>) -> Verdict {
        Verdict::General
    }

    /// What Google will charge for or lose, in plain words, for the plan.
    fn consequences(_input: &StepInput<'_>) -> Vec<String> {
        Vec::new()
    }
}

/// A kind without its type: what the rest of the program sees.
#[derive(Clone, Copy)]
pub struct Row {
    pub descriptor: &'static Descriptor,
    pub read_spec: fn(&Node) -> Typed,
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    pub check_name: fn(&str) -> Result<(), String>,
    pub settle: fn(&mut Place, &mut Doc, Parents<'_>),
    pub complete: fn(&Place, &mut Doc),
    pub check: fn(&CheckInput<'_>) -> Vec<Diagnostic>,
    pub payloads: fn(&Doc) -> Vec<Payload>,
    pub lacks: fn(&Live) -> Vec<&'static str>,
    pub ails: fn(&Live) -> Option<String>,
    pub unsettled: fn(&StepInput<'_>) -> Vec<&'static str>,
    pub known_outputs: fn(&Place, &ProjectFacts, &Doc) -> Map,
    pub live_outputs: fn(&Place, &Live) -> Map,
    pub lookup: fn(&Place, &ProjectFacts, Option<&Doc>) -> Lookup,
    pub is_member: fn(&Place, &Json) -> bool,
    pub to_file: fn(&Place, &Live) -> Doc,
    pub filled: fn(&Place, &ProjectFacts, &Doc) -> Doc,
    pub calls: fn(&StepInput<'_>) -> Result<Vec<Call>, Diagnostic>,
    pub is_there: fn(&Place, &Doc, &Live) -> bool,
    pub replaces: fn(&StepInput<'_>) -> Vec<DocPath>,
    pub objections: fn(&StepInput<'_>) -> Vec<Diagnostic>,
    pub dry_run: fn(&StepInput<'_>) -> Option<Request>,
    pub verify: fn(&StepInput<'_>, &Live) -> Result<(), Diagnostic>,
    pub passing: fn(&Live) -> Passing,
    pub judge: fn(&Refusal<'_>) -> Verdict,
    pub consequences: fn(&StepInput<'_>) -> Vec<String>,
}

/// Erases a kind.
pub const fn row<K: Kind>() -> Row {
    Row {
        descriptor: K::DESCRIPTOR,
        read_spec: |node| typed::read::<K::Spec>(node),
        schema: |generator| K::Spec::json_schema(generator),
        check_name: K::check_name,
        settle: K::settle,
        complete: K::complete,
        check: |input| {
            let mut faults = K::check(input);
            faults.extend(super::iam::check(input.doc));
            faults
        },
        payloads: K::payloads,
        lacks: K::lacks,
        ails: K::ails,
        unsettled: K::unsettled,
        known_outputs: K::known_outputs,
        live_outputs: K::live_outputs,
        lookup: K::lookup,
        is_member: K::is_member,
        to_file: K::to_file,
        filled: K::filled,
        calls: K::calls,
        is_there: K::is_there,
        replaces: K::replaces,
        objections: K::objections,
        dry_run: K::dry_run,
        verify: K::verify,
        passing: K::passing,
        judge: K::judge,
        consequences: K::consequences,
    }
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Row").field(&self.descriptor.section).finish()
    }
}
