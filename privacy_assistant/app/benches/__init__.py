"""What `privacy-assistant bench` measures: figures a reader can print on a machine of their own."""
