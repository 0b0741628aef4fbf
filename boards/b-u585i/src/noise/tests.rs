use super::model::Model;
use super::*;
use crate::published;

#[test]
fn registers_and_bits_are_the_published_ones() {
    for (register, name) in [
        (Register::Control, "cr"),
        (Register::Status, "sr"),
        (Register::Data, "dr"),
        (Register::HealthTests, "htcr"),
    ] {
        assert_eq!(published::at("RNG", name), register as usize, "{name}");
    }
    let bits = [
        ("cr", "rngen"),
        ("cr", "condrst"),
        ("sr", "drdy"),
        ("sr", "ceis"),
        ("sr", "seis"),
    ];
    let bits = bits.map(|(register, field)| published::bit("RNG", register, field));
    assert_eq!(
        bits,
        [ENABLE, CONDITIONING_RESET, READY, CLOCK_FAILED, SEED_FAILED]
    );
    let value = |field, value| published::value("RNG", "cr", field, value);
    let configuration = [
        value("rng_config1", "CONFIG_A"),
        value("rng_config2", "CONFIG_A_B"),
        value("rng_config3", "CONFIG_A"),
        value("nistc", "DEFAULT"),
        value("clkdiv", "NO_DIV"),
    ];
    assert_eq!(configuration.into_iter().sum::<u32>(), CONFIGURATION);
    let tests = ["MAGIC", "RECOMMENDED"].map(|what| published::value("RNG", "htcr", "htcfg", what));
    assert_eq!(tests, [MAGIC, THRESHOLDS]);
}

#[test]
fn it_runs_in_the_configuration_that_is_documented() {
    let rng = Model::default();
    assert_eq!(start(&rng), Ok(()));
    assert_eq!(rng.setup(), (0x00F0_0D04, 0xAA74));
    let words = [word(&rng), word(&rng)];
    assert_ne!(words[0], words[1]);
    assert!(words.iter().all(Result::is_ok));
}

#[test]
fn a_seed_that_fails_at_the_start_is_made_anew_and_not_for_ever() {
    for bad_starts in 0..6 {
        let rng = Model::with(|rng| rng.bad_starts = bad_starts);
        assert_eq!(start(&rng).is_ok(), bad_starts < TRIES, "{bad_starts}");
        assert_eq!(word(&rng).is_ok(), bad_starts < TRIES);
    }
}

#[test]
fn a_seed_that_fails_later_is_an_error_from_then_on() {
    let rng = Model::with(|rng| rng.fails_after = Some(3));
    assert_eq!(start(&rng), Ok(()));
    assert!(word(&rng).is_ok() && word(&rng).is_ok());
    for _ in 0..5 {
        assert_eq!(word(&rng), Err(EntropyError));
    }
}

#[test]
fn a_word_of_zeros_and_a_dead_block_are_errors() {
    for broken in [
        Model::with(|rng| rng.gives_zeros = true),
        Model::with(|rng| rng.is_dead = true),
    ] {
        assert_eq!(start(&broken), Err(EntropyError));
    }
}
