use super::model::Model;
use super::{
    BACKUP, BEHAVIOUR, CLEAR, ENABLE, FILTER, INPUT_7, INTERRUPTS, OWN_BEHAVIOUR, Registers, STATUS, SUPPLY,
    TEMPERATURE, TampHalf, arm, disarm, is_tampered,
};
use crate::published;
use crate::split_root::SecondHalf;
use casemate_firmware::platform::RootError;

#[test]
fn the_wire_is_the_input_that_is_armed() {
    assert_eq!(published::pin("TAMP", "IN7"), "PE4");
    for (register, at) in [
        ("cr1", ENABLE),
        ("cr2", BEHAVIOUR),
        ("cr3", OWN_BEHAVIOUR),
        ("fltcr", FILTER),
    ] {
        assert_eq!(published::at("TAMP", register), at, "{register}");
    }
    for (register, at) in [
        ("ier", INTERRUPTS),
        ("sr", STATUS),
        ("scr", CLEAR),
        ("bkpr", BACKUP),
    ] {
        assert_eq!(published::at("TAMP", register), at, "{register}");
    }
    for (register, input, own) in [
        ("cr1", "tampe", "itampe"),
        ("ier", "tampie", "itampie"),
        ("sr", "tampf", "itampf"),
        ("scr", "ctampf", "citampf"),
    ] {
        let detectors = [
            published::bit_of("TAMP", register, input, 6),
            published::bit_of("TAMP", register, own, 0),
            published::bit_of("TAMP", register, own, 1),
        ];
        assert_eq!(detectors, [INPUT_7, SUPPLY, TEMPERATURE], "{register}");
    }
}

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

/// Both that the manual allows.
fn models() -> [Model; 2] {
    [Model::default(), Model::that_sees_levels()]
}

#[test]
fn the_start_that_makes_the_half_is_interrupted_too() {
    for model in models().into_iter().chain(models().map(|model| {
        model.open(true);
        model
    })) {
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
    for model in models() {
        arm(&model);
        let mut half = TampHalf::new(model.clone());
        model.open(true);
        for _ in 0..3 {
            assert_eq!(half.make(&[7; 32]), Err(RootError::Tampered));
            assert!(model.is_empty());
        }
        model.open(false);
        assert_eq!(half.make(&[7; 32]), Ok(()));
        assert_eq!(read(&mut half), Some([7; 32]));
        model.open(true);
        assert!(
            model.raises_interrupt() && model.is_empty(),
            "the input was not armed again"
        );
    }
}

/// The wire broke in the moment in which nothing watched it, so that no edge was seen.
#[test]
fn a_start_with_an_open_input_leaves_no_half() {
    for model in models() {
        arm(&model);
        let mut half = TampHalf::new(model.clone());
        half.make(&[7; 32]).unwrap();
        model.restart();
        model.open_domain();
        model.write(0x00, 0);
        model.open(true);
        arm(&model);
        assert!(is_tampered(&model) && model.is_empty());
        model.open(false);
        assert_eq!(read(&mut half), None);
    }
}

#[test]
fn the_chips_own_detectors_erase_interrupt_and_are_told() {
    for detector in [SUPPLY, TEMPERATURE] {
        let (model, mut half) = armed();
        // The wire is mended and armed again: the others are on still.
        model.open(true);
        model.open(false);
        half.make(&[7; 32]).unwrap();
        model.restart();
        arm(&model);
        model.detect(detector);
        assert!(model.raises_interrupt() && model.is_empty(), "{detector:#x}");
        model.restart();
        arm(&model);
        assert!(is_tampered(&model) && !model.raises_interrupt());
        assert_eq!(read(&mut half), None);
        half.make(&[8; 32]).unwrap();
        assert_eq!(read(&mut half), Some([8; 32]));
    }
}

/// Those that this firmware, whoever provisions the board, or a request may set off: see [`super::DETECTORS`].
#[test]
fn other_detectors_keep_the_half() {
    let (model, mut half) = armed();
    half.make(&[7; 32]).unwrap();
    for detector in (18..32).map(|at| 1 << at) {
        model.detect(detector);
        assert_eq!(read(&mut half), Some([7; 32]), "{detector:#x}");
    }
}

#[test]
fn what_another_program_left_there_does_not_count_for_a_new_half() {
    let model = Model::default();
    model.leave(0x1FFF, 0x0101_0001);
    arm(&model);
    assert!(is_tampered(&model) && !model.raises_interrupt());
    let mut half = TampHalf::new(model.clone());
    half.make(&[7; 32]).unwrap();
    assert_eq!(read(&mut half), Some([7; 32]));
    model.detect(SUPPLY);
    assert!(model.is_empty(), "a detector that only tells is none");
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

/// A board that ran an image with the feature runs one without it.
#[test]
fn a_block_that_is_not_used_watches_nothing_and_blocks_no_key() {
    let (model, mut half) = armed();
    half.make(&[7; 32]).unwrap();
    model.open(true);
    model.restart();
    assert!(model.blocks_keys());
    disarm(&model);
    assert!(!model.blocks_keys() && !model.raises_interrupt());
    model.open(false);
    model.open(true);
    assert!(!model.blocks_keys());
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
