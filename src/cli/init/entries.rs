//! Chooses policy entries that cover every package found: few, narrow, with unique names and the
//! right owners.
//!
//! A glob is used if it matches nothing else; otherwise its packages get their own entries. The
//! last entry that matches a package sets its owners and name, so exceptions follow the rule they
//! are an exception to. A glob's owners are those that CODEOWNERS gives to a new package there, so
//! a package that is added later has the right owners.

use std::collections::{BTreeMap, BTreeSet};

use super::codeowners::Owner;
use super::inventory::{Inventory, Package, folder_of, harness_name, last_step};
use crate::document::paths;
use crate::model::{Digest, Glob, Kind, Name};

/// Who owns the file at a path.
pub type Owners<'a> = &'a dyn Fn(&str) -> Vec<Owner>;

/// A placeholder for any new name. No pattern of CODEOWNERS matches it by name, and no package can
/// have it.
const NOT_THERE: &str = "\u{1}not-there\u{1}";

/// One entry of `subjects`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedEntry {
    /// Kind of the packages.
    pub kind: Kind,
    /// Glob over paths.
    pub path: String,
    /// Template of the name, if the folder's name or the file's stem does not work.
    pub name: Option<String>,
    /// Its owners, as CODEOWNERS writes them; empty if it names none.
    pub owners: Vec<Owner>,
    /// How many packages get their owners from it.
    pub packages: usize,
}

impl PlannedEntry {
    /// The entry for an empty repository: the default place of Skills.
    pub fn first_folder(owners: Owners<'_>) -> Self {
        let owners = owners(&format!("skills/{NOT_THERE}/SKILL.md"));
        Self {
            kind: Kind::Skill,
            path: "skills/*".to_owned(),
            name: None,
            owners,
            packages: 0,
        }
    }
}

/// The entries, and what has to be ignored because a glob would match it.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// In the order of the policy.
    pub entries: Vec<PlannedEntry>,
    /// Globs for `ignore`, and why.
    pub ignore: BTreeMap<String, String>,
}

/// Plans entries for everything in `inventory`; `owners` gives the owners of a file.
pub fn plan(inventory: &Inventory, owners: Owners<'_>) -> Plan {
    let mut planner = Planner {
        inventory,
        owners,
        names: BTreeMap::new(),
        plan: Plan::default(),
    };
    planner.plan.ignore.clone_from(&inventory.left_out);
    for kind in Kind::PACKAGED {
        let packages: Vec<&Package> = inventory
            .packages
            .values()
            .filter(|package| package.kind == kind)
            .collect();
        for group in groups(inventory, &packages) {
            planner.add(&group);
        }
    }
    planner.count();
    planner.plan
}

/// Packages that one glob covers, and what else it matches that can be ignored.
struct Group<'a> {
    glob: String,
    packages: Vec<&'a Package>,
    strays: Vec<String>,
}

struct Planner<'a> {
    inventory: &'a Inventory,
    owners: Owners<'a>,
    /// Used names: by their folded form, the exact name and the bytes it names.
    names: BTreeMap<(Kind, String), (String, Digest)>,
    plan: Plan,
}

/// Finds globs for packages of one kind: first across sibling folders, then for one folder each,
/// then single paths.
fn groups<'a>(inventory: &Inventory, packages: &[&'a Package]) -> Vec<Group<'a>> {
    let mut by_folder: BTreeMap<(&str, String), Vec<&'a Package>> = BTreeMap::new();
    for package in packages {
        by_folder
            .entry((folder_of(&package.path), last_pattern(package)))
            .or_default()
            .push(package);
    }
    let mut wide: BTreeMap<String, Vec<(&str, String)>> = BTreeMap::new();
    for (folder, last) in by_folder.keys() {
        for pattern in generalized(folder, last) {
            wide.entry(pattern)
                .or_default()
                .push((folder, last.clone()));
        }
    }
    let mut widest: Vec<(String, Vec<(&str, String)>)> = wide
        .into_iter()
        .filter(|(_, folders)| folders.len() > 1)
        .collect();
    widest.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
    let mut groups = Vec::new();
    for (glob, folders) in widest {
        let covered: Vec<&Package> = folders
            .iter()
            .filter_map(|folder| by_folder.get(folder))
            .flatten()
            .copied()
            .collect();
        let whole = folders.iter().all(|folder| by_folder.contains_key(folder));
        if let Some(strays) = if whole {
            strays(inventory, &glob, &covered)
        } else {
            None
        } {
            for folder in &folders {
                by_folder.remove(folder);
            }
            groups.push(Group {
                glob,
                packages: covered,
                strays,
            });
        }
    }
    for ((folder, last), packages) in by_folder {
        let glob = if folder.is_empty() {
            last.clone()
        } else {
            format!("{}/{last}", Glob::literal(folder))
        };
        let fits = (!is_single(&glob) && !folder.is_empty())
            .then(|| strays(inventory, &glob, &packages))
            .flatten();
        match fits {
            Some(strays) => groups.push(Group {
                glob,
                packages,
                strays,
            }),
            None => groups.extend(packages.into_iter().map(|package| Group {
                glob: Glob::literal(&package.path),
                packages: vec![package],
                strays: Vec::new(),
            })),
        }
    }
    groups.sort_by(|a, b| {
        (a.glob.starts_with('.'), &a.glob).cmp(&(b.glob.starts_with('.'), &b.glob))
    });
    groups
}

/// The last step of a glob over this package's folder: the name of a harness file, otherwise a
/// star.
fn last_pattern(package: &Package) -> String {
    if package.kind == Kind::Setup && harness_name(package).is_some() {
        Glob::literal(last_step(&package.path))
    } else {
        "*".to_owned()
    }
}

/// `folder/last` with one step after the first replaced by a star.
fn generalized(folder: &str, last: &str) -> Vec<String> {
    let steps: Vec<String> = folder.split('/').map(Glob::literal).collect();
    (1..steps.len())
        .filter(|at| !steps[*at].starts_with('.'))
        .map(|at| {
            let mut steps = steps.clone();
            "*".clone_into(&mut steps[at]);
            format!("{}/{last}", steps.join("/"))
        })
        .collect()
}

/// What `glob` matches besides `covered`: a few things to ignore, or `None` if it must not be used.
fn strays(inventory: &Inventory, glob: &str, covered: &[&Package]) -> Option<Vec<String>> {
    let pattern = Glob::parse(glob).ok()?;
    let takes_files = covered.iter().any(|package| package.kind != Kind::Skill);
    let own: BTreeSet<&str> = covered
        .iter()
        .map(|package| package.path.as_str())
        .collect();
    let start = format!("{}/", pattern.fixed_prefix());
    let candidates = |paths: &BTreeSet<String>| -> Vec<String> {
        let below = paths
            .range(start.clone()..)
            .take_while(|path| path.starts_with(&start));
        below
            .filter(|path| pattern.matches(path.as_bytes()) && !own.contains(path.as_str()))
            .cloned()
            .collect()
    };
    let mut found = candidates(&inventory.folders);
    found.extend(candidates(if takes_files {
        &inventory.files
    } else {
        &inventory.links
    }));
    // A folder that contains a package, or is inside one, cannot be ignored.
    let entangled = |path: &String| {
        inventory.package_above(path).is_some() || {
            let inside = format!("{path}/");
            inventory
                .packages
                .range(inside.clone()..)
                .next()
                .is_some_and(|(package, _)| package.starts_with(&inside))
        }
    };
    // Where there are links to governed Skills, there are often many.
    let few = found
        .iter()
        .filter(|path| !inventory.links.contains(*path))
        .count()
        <= 2.max(covered.len() / 4);
    let can_be_written = found.iter().all(|path| !paths::has_invisible(path));
    (few && can_be_written && !found.iter().any(entangled)).then_some(found)
}

impl Planner<'_> {
    fn add(&mut self, group: &Group<'_>) {
        let Some((template, misfits)) = self.template(group) else {
            // No template gives most packages a unique name, so each gets an entry with a free
            // name.
            for package in &group.packages {
                self.add_alone(package);
            }
            return;
        };
        for stray in &group.strays {
            let why = if self.inventory.links.contains(stray) {
                "a link; its target is judged at its own path".to_owned()
            } else {
                let kind = group
                    .packages
                    .first()
                    .map_or("package", |package| package.kind.as_str());
                format!("not a {kind}, although {} matches it", group.glob)
            };
            // Packages that were left out already have a reason.
            self.plan.ignore.entry(Glob::literal(stray)).or_insert(why);
        }
        self.entries(group, template.as_deref(), &misfits);
        for package in group
            .packages
            .iter()
            .filter(|package| !misfits.contains(&package.path.as_str()))
        {
            let name = named(&group.glob, template.as_deref(), package);
            self.take(package, &name);
        }
        for package in group
            .packages
            .iter()
            .filter(|package| misfits.contains(&package.path.as_str()))
        {
            self.add_alone(package);
        }
    }

    fn add_alone(&mut self, package: &Package) {
        let name = self.free_name(package);
        let plain = name == package.default_name();
        self.push(
            package.kind,
            &Glob::literal(&package.path),
            (!plain).then_some(name),
            (self.owners)(&package.main_file),
        );
    }

    /// The entry for `group`, then entries for its folders and packages whose owners differ from
    /// those of the entries before.
    fn entries(&mut self, group: &Group<'_>, template: Option<&str>, misfits: &BTreeSet<&str>) {
        let Some(first) = group.packages.first() else {
            return;
        };
        let usual = self.owners_of_new(&group.glob, first);
        self.push(
            first.kind,
            &group.glob,
            template.map(str::to_owned),
            usual.clone(),
        );
        let mut by_folder: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
        for package in &group.packages {
            by_folder
                .entry(folder_of(&package.path))
                .or_default()
                .push(package);
        }
        for (folder, packages) in &by_folder {
            let mut usual_here = usual.clone();
            if by_folder.len() > 1 && group.glob.ends_with("/*") {
                let glob = format!("{}/*", Glob::literal(folder));
                let local = self.owners_of_new(&glob, packages[0]);
                if local != usual && self.usable(&glob, packages) {
                    self.push(
                        first.kind,
                        &glob,
                        fixed(group, template, packages[0]),
                        local.clone(),
                    );
                    usual_here = local;
                }
            }
            for package in packages {
                let owners = (self.owners)(&package.main_file);
                if owners != usual_here && !misfits.contains(package.path.as_str()) {
                    let name = template.map(|template| named(&group.glob, Some(template), package));
                    self.push(package.kind, &Glob::literal(&package.path), name, owners);
                }
            }
        }
    }

    /// Who would own a new package like `sample` under `glob`.
    fn owners_of_new(&self, glob: &str, sample: &Package) -> Vec<Owner> {
        let mut path =
            Glob::parse(glob).map_or_else(|_| glob.to_owned(), |glob| glob.filled(NOT_THERE));
        if !sample.is_folder && path.ends_with(NOT_THERE) {
            let ending = last_step(&sample.path)
                .rsplit_once('.')
                .map(|(_, ending)| format!(".{ending}"));
            path.push_str(&ending.unwrap_or_default());
        }
        path.push_str(
            sample
                .main_file
                .strip_prefix(&sample.path)
                .unwrap_or_default(),
        );
        (self.owners)(&path)
    }

    /// Whether `glob` matches `packages`, and otherwise only what is already ignored.
    fn usable(&self, glob: &str, packages: &[&Package]) -> bool {
        let ignored = |stray: &String| self.plan.ignore.contains_key(&Glob::literal(stray));
        strays(self.inventory, glob, packages).is_some_and(|strays| strays.iter().all(ignored))
    }

    /// Counts, for each entry, the packages whose last match it is.
    fn count(&mut self) {
        let globs: Vec<(Kind, Option<Glob>)> = self
            .plan
            .entries
            .iter()
            .map(|entry| (entry.kind, Glob::parse(&entry.path).ok()))
            .collect();
        for package in self.inventory.packages.values() {
            let says = |(kind, glob): &(Kind, Option<Glob>)| {
                *kind == package.kind
                    && glob
                        .as_ref()
                        .is_some_and(|glob| glob.matches(package.path.as_bytes()))
            };
            if let Some(last) = globs.iter().rposition(says) {
                self.plan.entries[last].packages += 1;
            }
        }
    }

    /// A template for the names (`None` is the default name) and the paths of the few packages that
    /// it does not fit.
    fn template<'g>(&self, group: &'g Group<'_>) -> Option<(Option<String>, BTreeSet<&'g str>)> {
        let single = is_single(&group.glob);
        let harness = group
            .packages
            .first()
            .filter(|package| package.kind == Kind::Setup)
            .and_then(|package| harness_name(package));
        let wide = Glob::parse(&group.glob).map_or(0, |glob| glob.wildcards()) > 1;
        let candidates = match harness {
            Some(name) if single => vec![Some(name)],
            Some(name) => vec![Some(format!("{{1}}--{name}"))],
            None if single => vec![None],
            None if wide => vec![None, Some("{1}--{2}".to_owned())],
            None => vec![
                None,
                Some(format!("{}--{{1}}", slug(folder_of(&group.glob)))),
            ],
        };
        let tried = candidates.into_iter().map(|template| {
            let misfits = self.misfits(group, template.as_deref());
            (template, misfits)
        });
        // The first of equals has the plainer name.
        let best = tried.min_by_key(|(_, misfits)| misfits.len())?;
        // A folder whose name no template can use needs its own entry under any glob, so it says
        // nothing against this one: packages to come are governed by it.
        let nameless = |path: &&str| last_step(path).parse::<Name>().is_err();
        let others = best.1.iter().filter(|path| !nameless(path)).count();
        (best.1.is_empty() || (!single && others <= group.packages.len() / 4)).then_some(best)
    }

    /// Packages that the template would give a name that is invalid or not unique.
    fn misfits<'g>(&self, group: &'g Group<'_>, template: Option<&str>) -> BTreeSet<&'g str> {
        let mut own: BTreeMap<String, (String, Digest)> = BTreeMap::new();
        let mut misfits = BTreeSet::new();
        for package in &group.packages {
            let name = named(&group.glob, template, package);
            let this = (name.clone(), package.fingerprint);
            let folded = name.to_lowercase();
            let taken = self
                .names
                .get(&(package.kind, folded.clone()))
                .or_else(|| own.get(&folded))
                .is_some_and(|other| *other != this);
            if taken || name.parse::<Name>().is_err() {
                misfits.insert(package.path.as_str());
            } else {
                own.insert(folded, this);
            }
        }
        misfits
    }

    /// The default name, else the document's own, else the nearest to the default one that is valid
    /// and not taken.
    fn free_name(&mut self, package: &Package) -> String {
        let plain = harness_name(package).unwrap_or_else(|| package.default_name().to_owned());
        let free = |name: &String, names: &BTreeMap<(Kind, String), (String, Digest)>| {
            let taken = names
                .get(&(package.kind, name.to_lowercase()))
                .is_some_and(|other| *other != (name.clone(), package.fingerprint));
            name.parse::<Name>().is_ok() && !taken
        };
        let base = slug(&plain);
        let candidates = [Some(plain), package.declared_name.clone()]
            .into_iter()
            .flatten()
            .chain([base.clone(), slug(&package.path.replace('/', "--"))]);
        let numbered = (2..).map(|n| format!("{}-{n}", &base[..base.len().min(50)]));
        let name = candidates
            .chain(numbered)
            .find(|name| free(name, &self.names))
            .expect("some number is free");
        self.take(package, &name);
        name
    }

    fn take(&mut self, package: &Package, name: &str) {
        self.names.insert(
            (package.kind, name.to_lowercase()),
            (name.to_owned(), package.fingerprint),
        );
    }

    fn push(&mut self, kind: Kind, path: &str, name: Option<String>, owners: Vec<Owner>) {
        self.plan.entries.push(PlannedEntry {
            kind,
            path: path.to_owned(),
            name,
            owners,
            packages: 0,
        });
    }
}

/// The template of a group's names for one of its folders, where the step of the first star is
/// fixed.
fn fixed(group: &Group<'_>, template: Option<&str>, package: &Package) -> Option<String> {
    template?;
    let captures = Glob::parse(&group.glob).ok()?;
    let captures = captures.captures(package.path.as_bytes())?;
    Some(format!(
        "{}--{{1}}",
        String::from_utf8_lossy(captures.first()?)
    ))
}

/// Whether a glob matches one path alone.
pub fn is_single(glob: &str) -> bool {
    Glob::parse(glob).is_ok_and(|glob| glob.wildcards() == 0)
}

/// The name of `package` under an entry.
fn named(glob: &str, template: Option<&str>, package: &Package) -> String {
    let Some(template) = template else {
        return package.default_name().to_owned();
    };
    let captures = Glob::parse(glob).ok().and_then(|glob| {
        let captures = glob.captures(package.path.as_bytes())?;
        Some(
            captures
                .iter()
                .map(|capture| String::from_utf8_lossy(capture).into_owned())
                .collect::<Vec<_>>(),
        )
    });
    let mut name = template.to_owned();
    for (index, capture) in captures.unwrap_or_default().iter().enumerate().rev() {
        name = name.replace(&format!("{{{}}}", index + 1), capture);
    }
    name
}

/// `text` with every character that a name may not contain replaced by a dash.
fn slug(text: &str) -> String {
    let dashed: String = text
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "._-".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    let slug: String = dashed.trim_matches(['-', '.']).chars().take(64).collect();
    if slug.is_empty() {
        "unnamed".to_owned()
    } else {
        slug
    }
}

#[cfg(test)]
mod tests;
