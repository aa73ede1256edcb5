from tests.real.conftest import *
def test_prof(stage):
    import time
    done = stage.script("-x", *stage.arguments("v1",1), PS4='+ $EPOCHREALTIME ', BASH_XTRACEFD="2")
    Path("/tmp/prof.log").write_text(done.stderr)
    print(done.stdout)
