//! Leads an entry through its life.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use stackctl::model::{DocPath, Segment};

use super::fields::Fields;
use super::hand::{self, Hand, PROJECT, REGION};
use super::table::{Leaf, Row, Scene, Side, Table, flatten, put, rows};
use crate::context::{Ran, Served, Workspace};

/// The key of the entry, and of the one without the walked fields.
const KEY: &str = "walked";
const BARE: &str = "pristine";

/// Leads the entries of all scenes of a table through their lives.
pub fn live(section: &str) {
    let table = Table::of(section, &Fields::load());
    let faults: Vec<String> = std::thread::scope(|scope| {
        let lives: Vec<_> =
            table.scenes.iter().map(|scene| (scene, scope.spawn(|| Life::of(section, scene).walk()))).collect();
        let ended = lives.into_iter().filter_map(|(scene, life)| Some((scene, life.join().err()?)));
        ended.map(|(scene, fault)| format!("{section}, {}: {}", scene.about, words(fault.as_ref()))).collect()
    });
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n\n"));
}

fn words(fault: &(dyn std::any::Any + Send)) -> String {
    let text = fault.downcast_ref::<String>().cloned();
    text.or_else(|| fault.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

struct Life<'a> {
    section: &'a str,
    scene: &'a Scene,
    workspace: Workspace,
    served: Served,
    hand: Hand,
    address: String,
    names: [String; 2],
}

/// A change that a plan shows.
#[derive(Debug)]
struct Change {
    path: DocPath,
    origin: String,
    effect: String,
    shown: Json,
}

impl<'a> Life<'a> {
    fn of(section: &'a str, scene: &'a Scene) -> Self {
        let workspace = Workspace::with("");
        let served = workspace.serve(&["--clock", "instant"]);
        let hand = Hand::at(&served.url);
        let names = scene.names.clone().unwrap_or([KEY.to_owned(), BARE.to_owned()]);
        Self { section, scene, workspace, served, hand, address: format!("{section}.{KEY}"), names }
    }

    fn walk(&self) {
        let (updates, replaces, grows, refuses) =
            (rows(&self.scene.updates), rows(&self.scene.replaces), rows(&self.scene.grows), rows(&self.scene.refuses));
        let all = [&updates[..], &replaces[..], &grows[..], &refuses[..]].concat();
        let a: Vec<(&Row, Side)> = all.iter().map(|row| (row, Side::A)).collect();
        let with_b = |changed: &[Row]| -> Vec<(&Row, Side)> {
            let is_changed = |row: &Row| changed.iter().any(|other| other.path == row.path);
            all.iter().map(|row| (row, if is_changed(row) { Side::B } else { Side::A })).collect()
        };
        let has_twin = self.scene.bare != Some(json!(false));
        self.write(Some(self.entry(&a)), has_twin.then(|| self.twin(&all)));
        self.applies("create");
        let (live_a, twin) = (self.live(), self.hand.read(self.section, &self.names[1]).filter(|_| has_twin));
        self.write(Some(self.entry(&a)), None);
        if has_twin {
            self.prunes();
        }
        if !updates.is_empty() {
            self.updates(&updates, &with_b(&updates), &live_a);
            let live_b = self.live();
            self.drifts(&updates, &live_a, &live_b);
            self.drops(&updates, &all, &live_b, twin.as_ref());
            self.write(Some(self.entry(&a)), None);
            self.applies("back");
            self.same("put back by the file", &live_a);
        }
        if !replaces.is_empty() {
            self.replaces(&replaces, &with_b(&replaces), &live_a);
        }
        if !grows.is_empty() {
            self.updates(&grows, &with_b(&grows), &self.live());
        }
        for row in &refuses {
            self.refuses(row, &with_b(std::slice::from_ref(row)));
            self.write(Some(self.entry(&a)), None);
            self.plans_nothing("refused");
        }
        self.ends();
    }

    /// The file says something else: the plan shows that, and apply does that.
    fn updates(&self, changed: &[Row], side_b: &[(&Row, Side)], live_a: &Json) {
        self.write(Some(self.entry(side_b)), None);
        self.shows("update", "edit", &self.scene.leaves(changed));
        self.applies("update");
        self.took(&self.scene.leaves(changed), live_a, &self.live());
    }

    /// Somebody changes the same by hand: the plan shows that as drift, and apply puts it back.
    fn drifts(&self, changed: &[Row], live_a: &Json, live_b: &Json) {
        let rows = self.by_hand(changed);
        // What the file does not have, and somebody adds, is theirs.
        let leaves: Vec<Leaf> = self.scene.leaves(&rows).into_iter().filter(|leaf| leaf.b.is_some()).collect();
        if leaves.is_empty() {
            return;
        }
        let mut wanted = live_b.clone();
        for place in leaves.iter().flat_map(|leaf| self.places(leaf, live_a, live_b)) {
            match at(live_a, &place) {
                Some(value) => put(&mut wanted, &place.0, value),
                None => take(&mut wanted, &place.0),
            }
        }
        share_members(live_a, live_b, &mut wanted);
        self.hand.change(self.section, &self.names[0], &wanted);
        self.same("changed by hand", &wanted);
        self.shows("update", "drift", &leaves);
        self.applies("drift");
        self.same("put back after drift", live_b);
    }

    fn by_hand(&self, changed: &[Row]) -> Vec<Row> {
        let is_out =
            |row: &Row| self.scene.not_by_hand.contains_key(&row.path) || self.scene.unseen.contains_key(&row.path);
        changed.iter().filter(|row| !is_out(row)).cloned().collect()
    }

    /// The file says nothing any more: each field goes, is reset, or stays and the plan says so.
    fn drops(&self, changed: &[Row], all: &[Row], live_b: &Json, twin: Option<&Json>) {
        let keeps = |row: &Row| self.scene.keeps.contains(&row.path);
        let dropped: Vec<Row> = changed.iter().filter(|row| !keeps(row)).cloned().collect();
        let is_dropped = |row: &Row| dropped.iter().any(|other| other.path == row.path);
        let is_changed = |row: &Row| changed.iter().any(|other| other.path == row.path);
        let rest = all.iter().filter(|row| !is_dropped(row));
        let entry: Vec<_> = rest.map(|row| (row, if is_changed(row) { Side::B } else { Side::A })).collect();
        if dropped.is_empty() {
            return;
        }
        self.write(Some(self.entry(&entry)), None);
        let leaves = self.scene.leaves(&dropped);
        let (_, changes) = self.plan();
        for change in &changes {
            let is_ours = leaves.iter().any(|leaf| meets(&leaf.shown, &change.path));
            assert!(is_ours && change.origin == "edit", "dropped: {change:?} is not asked for");
        }
        self.applies("dropped");
        let live = self.live();
        for leaf in leaves.iter().filter(|leaf| leaf.b.is_some()) {
            let said = changes.iter().filter(|change| meets(&leaf.shown, &change.path));
            let effects: Vec<&str> = said.map(|change| change.effect.as_str()).collect();
            for place in self.places(leaf, &live, live_b).iter().chain(&self.places(leaf, live_b, &json!({}))) {
                let (now, then) = (at(&live, place), at(live_b, place));
                let never = twin.map(|twin| at(twin, place));
                match effects.as_slice() {
                    [] => assert!(
                        now == then && never.is_none_or(|never| never == now),
                        "dropped `{}` without a word: `{place}` was {then:?}, is {now:?}, would be {never:?}",
                        leaf.path
                    ),
                    all if all.contains(&"inPlace") => assert!(
                        never.is_none_or(|never| never == now || emptied(never, now))
                            || changes
                                .iter()
                                .any(|change| meets(&leaf.shown, &change.path) && says(now, change.shown.get("after"))),
                        "dropped `{}`: `{place}` was {then:?}, is {now:?}, would be {never:?}",
                        leaf.path
                    ),
                    _ => assert_eq!(now, then, "`{}` is said to stay: `{place}`", leaf.path),
                }
            }
        }
    }

    /// What cannot change is made anew, from the file and after somebody else made it anew.
    fn replaces(&self, changed: &[Row], side_b: &[(&Row, Side)], live_a: &Json) {
        let leaves = self.scene.leaves(changed);
        self.write(Some(self.entry(side_b)), None);
        self.shows("replace", "edit", &leaves);
        self.applies("replace");
        let live_b = self.live();
        self.took(&leaves, live_a, &live_b);
        let by_hand = self.by_hand(changed);
        if by_hand.is_empty() {
            return;
        }
        let mut wanted = live_a.clone();
        share_members(live_a, &live_b, &mut wanted);
        self.hand.make_anew(self.section, &self.names[0], &wanted);
        self.made_anew(&self.scene.leaves(&by_hand));
        self.same("made anew after drift", &live_b);
    }

    /// What cannot change and cannot be made anew under its name: the plan says so and names the field.
    fn refuses(&self, row: &Row, side_b: &[(&Row, Side)]) {
        self.write(Some(self.entry(side_b)), None);
        let plan = self.stackctl(&["plan", "--format", "json", "--detailed-exitcode"]);
        assert!(plan.code == 4, "{}: code {}\n{}", row.path, plan.code, self.told(&plan.stdout));
        assert_eq!(self.ours(&plan.stdout)["action"], "replace", "{}", self.told(&plan.stdout));
        self.covers("replace", &changes(&self.ours(&plan.stdout)), &self.scene.leaves(std::slice::from_ref(row)));
    }

    /// What somebody made anew is told apart by its id, where it has one: it is not ours to take away.
    fn made_anew(&self, leaves: &[Leaf]) {
        let plan = self.stackctl(&["plan", "--format", "json", "--detailed-exitcode"]);
        if self.section == "iamBindings" {
            // It has no name but its role and condition: with another one it is gone.
            assert!(plan.code == 2 && self.ours(&plan.stdout)["action"] == "create", "{}", self.told(&plan.stdout));
            return self.applies("replace after drift");
        }
        self.shows("replace", "drift", leaves);
        let needs = self.ours(&plan.stdout)["needs"].to_string();
        let consent: &[&str] = if needs.contains("--adopt") { &["--adopt", &self.address] } else { &[] };
        let args = ["apply", "--yes", "--allow-replace", &self.address, "--allow-data-loss", &self.address];
        self.run(&[&args[..], consent].concat(), 0);
        self.plans_nothing("replace after drift");
    }

    /// The entry is taken out of the file, then everything.
    fn prunes(&self) {
        let (resources, _) = self.plan();
        let gone = format!("{}.{BARE}", self.section);
        let deletes: Vec<&Json> = resources.iter().filter(|resource| resource["action"] != "none").collect();
        assert!(
            deletes.len() == 1 && deletes[0]["address"] == gone.as_str() && deletes[0]["action"] == "delete",
            "{deletes:?}"
        );
        self.run(&["apply", "--yes", "--allow-data-loss", &gone], 0);
        self.plans_nothing("pruned");
        assert!(
            self.section == "iamBindings" || self.hand.read(self.section, &self.names[1]).is_none(),
            "{gone} is still there"
        );
    }

    fn ends(&self) {
        let mut args = vec!["destroy".to_owned(), "--yes".to_owned(), "--wait".to_owned()];
        for section in ["sqlInstances", "repositories"] {
            let file: Json = serde_json::from_str(&self.file()).unwrap();
            let keys = file[section].as_object().into_iter().flat_map(Map::keys);
            args.extend(keys.flat_map(|key| ["--allow-data-loss".to_owned(), format!("{section}.{key}")]));
        }
        self.run(&args.iter().map(String::as_str).collect::<Vec<_>>(), 0);
        assert!(self.run(&["inventory"], 0).starts_with("Nothing is ours"));
    }

    fn live(&self) -> Json {
        let names = if self.scene.bare == Some(json!(false)) { &self.names[..] } else { &self.names[..1] };
        let found = names.iter().find_map(|name| self.hand.read(self.section, name));
        found.unwrap_or_else(|| panic!("{} is not there", self.address))
    }

    fn entry(&self, rows: &[(&Row, Side)]) -> Json {
        let mut entry = self.scene.entry.clone();
        for (row, side) in rows {
            put(&mut entry, &row.at().0, row.value(*side));
        }
        entry
    }

    /// The entry without the walked fields, but for those that it cannot do without.
    fn twin(&self, all: &[Row]) -> Json {
        let kept: Vec<_> = all
            .iter()
            .filter(|row| self.scene.keeps.contains(&row.path) || !self.scene.updates.contains_key(&row.path))
            .map(|row| (row, Side::A))
            .collect();
        let mut entry = self.entry(&kept);
        for (path, value) in self.scene.bare.as_ref().and_then(Json::as_object).into_iter().flatten() {
            put(&mut entry, &path.parse::<DocPath>().unwrap().0, value);
        }
        entry
    }

    fn write(&self, walked: Option<Json>, bare: Option<Json>) {
        let mut stack = Map::from_iter([
            ("stack".to_owned(), json!("walk")),
            ("project".to_owned(), json!(PROJECT)),
            ("region".to_owned(), json!(REGION)),
        ]);
        stack.extend(self.scene.with.clone());
        let section = stack.entry(self.section).or_insert_with(|| json!({})).as_object_mut().unwrap();
        section.extend(walked.map(|entry| (KEY.to_owned(), entry)));
        section.extend(bare.map(|entry| (BARE.to_owned(), entry)));
        self.workspace.write("stack.yaml", Json::Object(stack).to_string());
    }

    fn stackctl(&self, args: &[&str]) -> Ran {
        let way: &[&str] = if args[0] == "inventory" { &[] } else { &["--clock", "instant"] };
        let endpoint = ["--endpoint", &self.served.url];
        self.workspace
            .run_with(&[args, &endpoint[..], way].concat(), &[("WALKED", "a value"), ("OTHER", "another value")])
    }

    fn run(&self, args: &[&str], code: i32) -> String {
        let ran = self.stackctl(args);
        let told = self.told(&ran.stdout);
        assert!(ran.code == code, "{}: code {}\n{told}\n{}\n{}", args.join(" "), ran.code, ran.stderr, self.file());
        ran.stdout
    }

    /// Of a plan in JSON what matters.
    fn told(&self, stdout: &str) -> String {
        let Ok(plan) = serde_json::from_str::<Json>(stdout) else { return stdout.to_owned() };
        let ours = plan["resources"].as_array().into_iter().flatten();
        let moved: Vec<String> = ours.filter(|r| r["action"] != "none").map(Json::to_string).collect();
        format!("{}\n{}", moved.join("\n"), plan["findings"])
    }

    fn file(&self) -> String {
        std::fs::read_to_string(self.workspace.path().join("stack.yaml")).unwrap()
    }

    fn plans_nothing(&self, when: &str) {
        let ran = self.stackctl(&["plan", "--detailed-exitcode"]);
        let words = format!("{}\n{}\n{}", ran.stdout, ran.stderr, self.file());
        assert!(ran.code == 0, "after {when}, the plan is not empty:\n{words}");
    }

    /// Applies, after which there is nothing left to do.
    fn applies(&self, when: &str) {
        // What somebody made in the place of ours is taken over and put back: both are asked for.
        let consents = ["--adopt", "--allow-replace", "--allow-data-loss"].map(|flag| [flag, &self.address]).concat();
        self.run(&[&["apply", "--yes"], &consents[..]].concat(), 0);
        self.plans_nothing(when);
    }

    /// The resources of a plan, and the changes of the entry.
    fn plan(&self) -> (Vec<Json>, Vec<Change>) {
        let plan = self.run(&["plan", "--format", "json", "--detailed-exitcode"], 2);
        let changes = changes(&self.ours(&plan));
        let plan: Json = serde_json::from_str(&plan).unwrap();
        (plan["resources"].as_array().unwrap().clone(), changes)
    }

    /// The entry in a plan.
    fn ours(&self, plan: &str) -> Json {
        let plan: Json = serde_json::from_str(plan).unwrap();
        let resources = plan["resources"].as_array().unwrap();
        resources.iter().find(|resource| resource["address"] == self.address.as_str()).unwrap().clone()
    }

    /// The plan does `action` and shows exactly these values, each for `origin`.
    fn shows(&self, action: &str, origin: &str, leaves: &[Leaf]) {
        let (resources, changes) = self.plan();
        for resource in &resources {
            let expected = if resource["address"] == self.address.as_str() { action } else { "none" };
            assert!(resource["action"] == expected, "expected {expected}, {origin}: {resource}");
        }
        for change in &changes {
            assert!(change.origin == origin, "{action}, {origin}: {}", change.shown);
        }
        self.covers(action, &changes, leaves);
    }

    /// The changes are these values, none more and none less.
    fn covers(&self, action: &str, changes: &[Change], leaves: &[Leaf]) {
        let is_replace = action == "replace";
        for change in changes {
            let asked = leaves.iter().any(|leaf| meets(&leaf.shown, &change.path));
            assert!(asked, "shown and not asked for: {}", change.shown);
        }
        // What a resource is made anew without may be shown.
        let shown = |leaf: &&Leaf| {
            leaf.b.is_none() && is_replace || changes.iter().any(|change| meets(&leaf.shown, &change.path))
        };
        let hidden: Vec<String> = leaves.iter().filter(|leaf| !shown(leaf)).map(|leaf| leaf.path.to_string()).collect();
        let all: Vec<String> = changes.iter().map(|change| change.path.to_string()).collect();
        assert!(hidden.is_empty(), "not shown: {hidden:?}, but {all:?}");
    }

    /// The live resource has the new values, and nothing else has moved.
    fn took(&self, leaves: &[Leaf], live_a: &Json, live_b: &Json) {
        let mut unexplained: BTreeMap<DocPath, (Option<Json>, Option<Json>)> = moved(self.section, live_a, live_b);
        for leaf in leaves.iter().filter(|leaf| !is_in(&leaf.path, &self.scene.unseen)) {
            let places = self.places(leaf, live_a, live_b);
            assert!(
                places.iter().any(|place| says(at(live_b, place), self.in_cloud(&leaf.b).as_ref())),
                "`{}` should be {:?} in the cloud: {}",
                leaf.path,
                leaf.b,
                drawn(&moved(self.section, live_a, live_b))
            );
            for place in &places {
                unexplained.remove(place);
            }
        }
        unexplained.retain(|path, _| !self.follows(path));
        assert!(unexplained.is_empty(), "moved in the cloud, and not asked for: {}", drawn(&unexplained));
    }

    /// The value as it looks in the cloud.
    fn in_cloud(&self, value: &Option<Json>) -> Option<Json> {
        let other = value.as_ref().and_then(Json::as_str).and_then(|text| self.scene.same.get(text));
        other.map(|text| json!(text)).or_else(|| value.clone())
    }

    /// The live resource is as it was.
    fn same(&self, when: &str, should_be: &Json) {
        let mut moved = moved(self.section, &self.live(), should_be);
        moved.retain(|path, _| !self.follows(path));
        assert!(moved.is_empty(), "{when}, the live resource (left) is not as it should be (right): {}", drawn(&moved));
    }

    fn follows(&self, path: &DocPath) -> bool {
        self.scene.follows.iter().any(|end| path.to_string().ends_with(end))
    }

    /// Where a value stands in Google's resource: the differing places whose paths end so.
    fn places(&self, leaf: &Leaf, live_a: &Json, live_b: &Json) -> Vec<DocPath> {
        if let Some(inside) = leaf.api.strip_suffix('*') {
            let inside = Segment::Key(inside.to_owned());
            return moved(self.section, live_a, live_b).into_keys().filter(|path| path.0.contains(&inside)).collect();
        }
        let end: DocPath = leaf.api.parse().unwrap_or_else(|error| panic!("{}: {error}", leaf.api));
        let is_end = |path: &DocPath| path.0.ends_with(&end.0);
        let found: Vec<DocPath> = moved(self.section, live_a, live_b).into_keys().filter(is_end).collect();
        let shortest = found.iter().map(|path| path.0.len()).min();
        found.into_iter().filter(|path| Some(path.0.len()) == shortest).collect()
    }
}

fn changes(resource: &Json) -> Vec<Change> {
    let read = |change: &Json| Change {
        path: change["path"].as_str().unwrap().parse().unwrap(),
        origin: change["origin"].as_str().unwrap().to_owned(),
        effect: change["effect"].as_str().unwrap().to_owned(),
        shown: change.clone(),
    };
    resource["changes"].as_array().unwrap().iter().map(read).collect()
}

/// Single values in which two live resources differ, beside what Google says of them.
fn moved(section: &str, a: &Json, b: &Json) -> BTreeMap<DocPath, (Option<Json>, Option<Json>)> {
    let flat = |live: &Json| {
        let mut found = BTreeMap::new();
        flatten(&set_by_people(section, live), &DocPath::root(), &mut found);
        // Google's JSON leaves it out or not, as it likes.
        found.retain(|_, value| *value != json!(false) && *value != json!([]));
        found
    };
    let (a, b) = (flat(a), flat(b));
    let paths = a.keys().chain(b.keys());
    let differing = paths.filter(|path| a.get(*path) != b.get(*path));
    differing.map(|path| (path.clone(), (a.get(path).cloned(), b.get(path).cloned()))).collect()
}

/// As lines: where, what it was, what it is.
fn drawn(moved: &BTreeMap<DocPath, (Option<Json>, Option<Json>)>) -> String {
    let text = |value: &Option<Json>| value.as_ref().map_or_else(|| "nothing".to_owned(), Json::to_string);
    moved.iter().map(|(path, (a, b))| format!("\n    {path}: {} → {}", text(a), text(b))).collect()
}

fn set_by_people(section: &str, live: &Json) -> Json {
    let mut kept = hand::settings(section, live);
    if let (Some(policy), Some(map)) = (live.get("iamPolicy"), kept.as_object_mut()) {
        map.insert("iamPolicy".to_owned(), policy.clone());
    }
    kept
}

/// Whether one path is the other or leads to it; positions and list keys count alike.
fn meets(one: &DocPath, other: &DocPath) -> bool {
    one.0.iter().zip(&other.0).all(|pair| match pair {
        (Segment::Key(one), Segment::Key(other)) => one == other,
        (Segment::Key(_), _) | (_, Segment::Key(_)) => false,
        _ => true,
    })
}

fn is_in(path: &DocPath, rows: &BTreeMap<String, String>) -> bool {
    rows.keys().any(|row| path.starts_with(&row.parse::<DocPath>().unwrap()))
}

fn at<'a>(doc: &'a Json, path: &DocPath) -> Option<&'a Json> {
    path.0.iter().try_fold(doc, |doc, segment| match segment {
        Segment::Key(key) => doc.get(key),
        Segment::Index(index) => doc.get(index),
        Segment::Keyed(..) => None,
    })
}

/// Takes what stands at a path out of a document.
fn take(doc: &mut Json, path: &[Segment]) {
    match path {
        [Segment::Key(key)] => _ = doc.as_object_mut().and_then(|map| map.shift_remove(key)),
        [Segment::Index(index)] => {
            // Those behind it go first: paths come in order, and what is at the end goes whole.
            if let Some(list) = doc.as_array_mut() {
                list.truncate(*index);
            }
        }
        [Segment::Key(key), rest @ ..] => {
            if let Some(inner) = doc.get_mut(key) {
                take(inner, rest);
            }
        }
        [Segment::Index(index), rest @ ..] => {
            let Some(list) = doc.as_array_mut().filter(|list| *index < list.len()) else { return };
            take(&mut list[*index], rest);
            // An element of which nothing is left goes, too; only those at the end are taken whole.
            if list[*index] == json!({}) && *index + 1 == list.len() {
                list.pop();
            }
        }
        _ => {}
    }
}

/// In policies, somebody only takes members away: those that they add are theirs.
fn share_members(live_a: &Json, live_b: &Json, wanted: &mut Json) {
    for pointer in ["/iamPolicy/bindings", "/bindings"] {
        let (Some(then), Some(place)) = (live_b.pointer(pointer), wanted.pointer_mut(pointer)) else { continue };
        let others = live_a.pointer(pointer).and_then(Json::as_array).cloned().unwrap_or_default();
        let is_same = |a: &Json, b: &Json| a["role"] == b["role"] && a["condition"] == b["condition"];
        let mut kept = Vec::new();
        for binding in then.as_array().into_iter().flatten() {
            let known = others.iter().find(|other| is_same(other, binding)).map(|other| &other["members"]);
            let is_known = |member: &&Json| known.is_some_and(|known| known.as_array().unwrap().contains(member));
            let members: Vec<&Json> = binding["members"].as_array().unwrap().iter().filter(is_known).collect();
            if !members.is_empty() {
                let mut binding = binding.clone();
                binding["members"] = json!(members);
                kept.push(binding);
            }
        }
        *place = Json::Array(kept);
    }
}

/// Whether a live value is what the file says, in Google's spelling: a link or an address for a name, text for a number,
/// nothing for `false` and nothing.
fn says(live: Option<&Json>, file: Option<&Json>) -> bool {
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match (live, file) {
        (None, None) => true,
        (None, Some(file)) => *file == json!(false) || *file == json!(0) || *file == json!("") || *file == json!({}),
        (Some(live), None) => *live == json!(false) || *live == json!(0),
        (Some(live), Some(file)) => text(live).contains(&text(file)),
    }
}

/// Set back to nothing where it was never set.
fn emptied(never: Option<&Json>, now: Option<&Json>) -> bool {
    never.is_none() && says(None, now)
}
