use crate::crypto::{Aes256, Key256, XaesKey};
use casemate_common::record::vectors::{XAES, XaesVector};

pub(super) fn passes<A: Aes256>() -> bool {
    XAES.iter().all(derives::<A>)
}

fn derives<A: Aes256>(vector: &XaesVector) -> bool {
    let key = XaesKey::<A>::new(&Key256::new(vector.key));
    key.derive(&vector.salt).as_bytes() == &vector.derived
}
