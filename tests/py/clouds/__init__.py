"""Where keys are distributed to: clouds, emulated or faked, and PKCS#11 tokens."""
