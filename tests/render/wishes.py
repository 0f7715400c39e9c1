"""Random wishes, for the properties that hold of all of them."""

from hypothesis import strategies as st

from imaging.render.transform import Fit, Gravity, MetadataPolicy, Transform

RATIOS = st.floats(0, 1)


def transforms(longest: int = 2_000) -> st.SearchStrategy[Transform]:
    """Any wish whose lengths are at most `longest` before pixel density; its format is left open."""
    lengths = st.none() | st.integers(1, longest)
    return st.builds(
        Transform,
        width=lengths,
        height=lengths,
        dpr=st.sampled_from([1.0, 1.0, 1.5, 2.0, 2.625, 4.0]),
        fit=st.none() | st.sampled_from(Fit),
        gravity=st.none() | st.sampled_from(Gravity),
        focal_point=st.none() | st.tuples(RATIOS, RATIOS),
        allow_upscale=st.booleans(),
        rotate=st.sampled_from([0, 90, 180, 270, -90, 450]),
        flip=st.booleans(),
        flop=st.booleans(),
        background=st.none() | st.sampled_from(["#ffffff", "#00000080", "#12AB34", "#12345600"]),
        quality=st.none() | st.integers(1, 100),
        metadata=st.sampled_from(MetadataPolicy),
    )
