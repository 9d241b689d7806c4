"""Which BLAS works underneath: a reference BLAS would be ten times slower, and the reader should see it."""


def describe():
    """ " (openblas 0.3.21, SkylakeX)"; empty where threadpoolctl, which comes with scikit-learn, is absent or finds none."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return ""
    for info in threadpool_info():
        if info["user_api"] == "blas":
            return f" ({info['internal_api']} {info['version']}, {info.get('architecture', '')}, {info['num_threads']} thread)"
    return " (no BLAS found)"
