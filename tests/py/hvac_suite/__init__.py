"""hvac's own integration suite for KV version 2, run unchanged from its source distribution against our daemon."""
