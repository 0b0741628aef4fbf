use super::model::Model;
use super::{Registers, TampHalf, arm, is_tampered};
use crate::split_root::SecondHalf;
use casemate_firmware::platform::RootError;

fn armed() -> (Model, TampHalf<Model>) {
    let model = Model::default();
    arm(&model);
    (model.clone(), TampHalf::new(model))
}

fn read(half: &mut TampHalf<Model>) -> Option<[u8; 32]> {
    half.read().map(|half| *half)
}

#[test]
fn a_half_stays_until_the_input_opens_and_does_not_come_back() {
    let (model, mut half) = armed();
    assert_eq!(read(&mut half), None, "nothing was made yet");
    half.make(&[0x5A; 32]).unwrap();
    model.restart();
    arm(&model);
    assert_eq!(read(&mut half), Some([0x5A; 32]));
    assert!(!model.raises_interrupt());
    model.open(true);
    assert!(model.raises_interrupt() && is_tampered(&model) && model.is_empty());
    model.open(false);
    model.restart();
    arm(&model);
    assert!(
        is_tampered(&model) && !model.raises_interrupt(),
        "it would start for ever"
    );
    assert_eq!(read(&mut half), None);
}

#[test]
fn the_start_that_makes_the_half_is_interrupted_too() {
    for was_open in [false, true] {
        let model = Model::default();
        model.open(was_open);
        arm(&model);
        model.open(false);
        TampHalf::new(model.clone()).make(&[0x5A; 32]).unwrap();
        assert!(!model.raises_interrupt(), "what was before is dealt with");
        model.open(true);
        assert!(model.raises_interrupt() && model.is_empty());
    }
}

#[test]
fn nothing_is_made_while_the_input_is_open() {
    let (model, mut half) = armed();
    model.open(true);
    assert_eq!(half.make(&[7; 32]), Err(RootError::Tampered));
    assert!(model.is_empty());
    model.open(false);
    assert_eq!(half.make(&[7; 32]), Ok(()));
    assert_eq!(read(&mut half), Some([7; 32]));
}

#[test]
fn a_half_is_lost_with_its_supply() {
    let (model, mut half) = armed();
    half.make(&[0; 32]).unwrap();
    assert_eq!(read(&mut half), Some([0; 32]));
    model.lose_supply();
    arm(&model);
    assert_eq!(read(&mut half), None);
}

#[test]
fn a_register_that_does_not_hold_its_word_is_noticed() {
    for place in 0..16 {
        let (model, mut half) = armed();
        half.make(&[9; 32]).unwrap();
        let at = 0x100 + 4 * place;
        model.write(at, model.read(at) ^ 1);
        assert_eq!(read(&mut half), None, "register {place}");
    }
}
