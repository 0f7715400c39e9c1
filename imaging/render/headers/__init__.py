"""What each format says about itself before a pixel is decoded: one file per format, no codec involved."""
