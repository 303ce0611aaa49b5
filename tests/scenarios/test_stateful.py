import sys
def test_x():
    import tests.conftest as c
    print([k for k in sys.modules if 'conftest' in k], c.__file__)
    import tests.oracle.random_files as r
