"""What `make bench` measures. Everything runs on 127.0.0.1; ratios are taken inside one run."""
