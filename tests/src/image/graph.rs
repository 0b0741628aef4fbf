use super::symbols::Symbols;
use super::thumb::{Effect, decode};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Longest table of function pointers that is looked for behind an address, in words.
const LONGEST_TABLE: u32 = 64;

/// Who may call whom.
pub struct Graph {
    names: BTreeMap<u32, String>,
    calls: BTreeMap<u32, BTreeSet<u32>>,
}

impl Graph {
    /// The graph of an image; `None` when it is no 32-bit ELF file with symbols.
    pub fn of(image: &[u8]) -> Option<Self> {
        let symbols = Symbols::read(image)?;
        let mut calls = BTreeMap::new();
        for (start, function) in &symbols.functions {
            calls.insert(*start, callees(&symbols, function.code.clone()));
        }
        let names = symbols.functions.iter();
        Some(Self {
            names: names
                .map(|(start, function)| (*start, function.name.clone()))
                .collect(),
            calls,
        })
    }

    /// The functions whose name this accepts.
    pub fn functions(&self, accept: impl Fn(&str) -> bool) -> Vec<u32> {
        let named = self.names.iter().filter(|(_, name)| accept(name));
        named.map(|(start, _)| *start).collect()
    }

    /// What a function is called.
    pub fn name(&self, function: u32) -> &str {
        self.names.get(&function).map_or("", |name| name.trim_end())
    }

    /// All functions that can be reached from `roots`, not going through those that `is_wall` accepts.
    pub fn reachable(&self, roots: &[u32], is_wall: impl Fn(&str) -> bool) -> BTreeSet<u32> {
        let mut seen: BTreeSet<u32> = roots.iter().copied().collect();
        let mut queue: Vec<u32> = roots.to_vec();
        while let Some(function) = queue.pop() {
            if is_wall(self.name(function)) {
                continue;
            }
            let callees = self.calls.get(&function).into_iter().flatten();
            queue.extend(callees.copied().filter(|callee| seen.insert(*callee)));
        }
        seen
    }

    /// The shortest ways from any of `roots` to each call of a function that `is_end` accepts.
    pub fn ways(&self, roots: &[u32], is_end: impl Fn(&str) -> bool) -> Vec<Vec<u32>> {
        let mut came_from: BTreeMap<u32, Option<u32>> = roots.iter().map(|root| (*root, None)).collect();
        let mut queue: VecDeque<u32> = roots.iter().copied().collect();
        let mut ways = Vec::new();
        while let Some(function) = queue.pop_front() {
            let callees = self.calls.get(&function).into_iter().flatten();
            let (ends, others): (Vec<u32>, Vec<u32>) =
                callees.copied().partition(|callee| is_end(self.name(*callee)));
            ways.extend(ends.iter().map(|end| way(&came_from, function, *end)));
            for callee in others {
                came_from.entry(callee).or_insert_with(|| {
                    queue.push_back(callee);
                    Some(function)
                });
            }
        }
        ways
    }
}

fn way(came_from: &BTreeMap<u32, Option<u32>>, last: u32, end: u32) -> Vec<u32> {
    let mut way = vec![end, last];
    let mut at = last;
    while let Some(Some(before)) = came_from.get(&at) {
        way.push(*before);
        at = *before;
    }
    way.reverse();
    way
}

fn callees(symbols: &Symbols<'_>, code: std::ops::Range<u32>) -> BTreeSet<u32> {
    let mut callees = BTreeSet::new();
    let mut low: BTreeMap<u8, u16> = BTreeMap::new();
    let mut at = code.start;
    while at < code.end {
        if !symbols.is_code(at) {
            if at.is_multiple_of(4)
                && let Some(literal) = symbols.word(at)
            {
                take_address(symbols, literal, &mut callees);
            }
            at += 2;
            continue;
        }
        let Some(first) = symbols.half(at) else { break };
        let (effect, len) = decode(at, first, symbols.half(at + 2).unwrap_or(0));
        match effect {
            Effect::Goes(target) if !code.contains(&target) && symbols.functions.contains_key(&target) => {
                callees.insert(target);
            }
            Effect::MovesLow(register, value) => drop(low.insert(register, value)),
            Effect::MovesHigh(register, value) => {
                let low = low.get(&register).copied().unwrap_or(0);
                take_address(symbols, u32::from(value) << 16 | u32::from(low), &mut callees);
            }
            Effect::Goes(_) | Effect::Other => {}
        }
        at += len;
    }
    callees
}

/// Notes the functions that an address gives access to: one itself, or those of a table or vtable that begins there.
fn take_address(symbols: &Symbols<'_>, address: u32, callees: &mut BTreeSet<u32>) {
    if let Some(function) = symbols.pointed(address) {
        callees.insert(function);
        return;
    }
    for index in 0..LONGEST_TABLE {
        let Some(word) = symbols.word(address.wrapping_add(4 * index)) else {
            return;
        };
        match symbols.pointed(word) {
            Some(function) => drop(callees.insert(function)),
            // A vtable begins with a function or none, a size and an alignment.
            None if index < 3 && word < 1 << 16 => {}
            None => return,
        }
    }
}
