"""Docker's own Python SDK (Debian's python3-docker) through a day's work against the engine that DOCKER_HOST names.

Prints one line of JSON: scenario -> null, or the traceback of what went wrong.
"""

import io
import json
import sys
import tarfile
import threading
import time
import traceback

import docker

client = docker.from_env(timeout=60)
SCENARIOS = {}


def scenario(function):
    SCENARIOS[function.__name__] = function
    return function


def equal(found, wanted):
    if found != wanted:
        raise AssertionError(f"{found!r} is not {wanted!r}")


def becomes(ask, wanted):
    deadline = time.monotonic() + 20
    while (found := ask()) != wanted and time.monotonic() < deadline:
        time.sleep(0.05)
    equal(found, wanted)


def raises(kind, function, *args, **options):
    try:
        function(*args, **options)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


def sleeping(**options):
    return client.containers.run("busybox", ["sleep", "1000"], detach=True, **options)


def archive(**files):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
    return data.getvalue()


@scenario
def run_returns_the_output_of_a_container():
    equal(client.containers.run("busybox", ["sh", "-c", "echo out; echo err >&2"], remove=True), b"out\n")
    equal(client.containers.run("busybox", ["sh", "-c", "echo out; echo err >&2"], remove=True, stdout=False, stderr=True), b"err\n")
    equal(client.containers.run("busybox", ["sh", "-c", "echo $WORD"], environment={"WORD": "a b"}, remove=True), b"a b\n")


@scenario
def run_raises_what_went_wrong():
    error = raises(docker.errors.ContainerError, client.containers.run, "busybox", ["sh", "-c", "echo no >&2; exit 3"], remove=True)
    equal((error.exit_status, error.stderr), (3, b"no\n"))
    raises(docker.errors.NotFound, client.containers.get, "nosuch")
    # It knows an image that is not there by the words of the message.
    raises(docker.errors.ImageNotFound, client.images.get, "nosuch")
    raises(docker.errors.ImageNotFound, client.api.create_container, "nosuch")
    raises(docker.errors.APIError, client.containers.run, "busybox", "nosuch-command", remove=True)


@scenario
def a_container_lives_its_life():
    container = sleeping(name="py-life", labels={"py": "life"}, mem_limit="64m", stop_signal="SIGKILL")
    equal(container.status, "created")
    container.reload()
    equal((container.status, container.name, container.labels["py"]), ("running", "py-life", "life"))
    equal([one.name for one in client.containers.list(filters={"label": "py=life"})], ["py-life"])
    # A start answers when the runtime has let the program go: for a moment more, the process is still the runtime.
    becomes(lambda: container.top()["Processes"][0][-1], "sleep 1000")
    equal(container.stats(stream=False)["memory_stats"]["limit"], 64 * 1024 * 1024)
    container.pause()
    container.reload()
    equal(container.status, "paused")
    container.unpause()
    container.rename("py-renamed")
    container.restart()
    container.reload()
    equal((container.status, container.name), ("running", "py-renamed"))
    container.update(mem_limit="80m", memswap_limit="160m")
    container.reload()
    equal(container.attrs["HostConfig"]["Memory"], 80 * 1024 * 1024)
    container.kill()
    equal(container.wait()["StatusCode"], 137)
    container.start()
    container.stop()
    equal(client.containers.list(filters={"label": "py=life"}), [])
    container.remove()
    raises(docker.errors.NotFound, container.reload)


@scenario
def logs_come_at_once_and_as_a_stream():
    container = client.containers.run("busybox", ["sh", "-c", "for i in 1 2 3; do echo line $i; done; echo err >&2"], detach=True)
    equal(b"".join(container.logs(stream=True, follow=True, stderr=False)), b"line 1\nline 2\nline 3\n")
    container.wait()
    equal(container.logs(stdout=False), b"err\n")
    container.remove()
    container = client.containers.run("busybox", ["sh", "-c", "echo one; echo two"], detach=True)
    container.wait()
    equal(container.logs(tail=1), b"two\n")
    assert container.logs(tail=1, timestamps=True).endswith(b"Z two\n")
    container.remove()


@scenario
def exec_run_tells_output_and_exit_code():
    container = sleeping()
    equal(tuple(container.exec_run(["sh", "-c", "echo hi; exit 4"])), (4, b"hi\n"))
    equal(tuple(container.exec_run(["sh", "-c", "echo out; echo err >&2"], demux=True)), (0, (b"out\n", b"err\n")))
    equal(tuple(container.exec_run("id -un", user="nobody")), (0, b"nobody\n"))
    equal(tuple(container.exec_run("pwd", workdir="/tmp")), (0, b"/tmp\n"))
    equal(tuple(container.exec_run(["sh", "-c", "echo $X"], environment={"X": "y"}, tty=True)), (0, b"y\r\n"))
    equal(b"".join(container.exec_run(["sh", "-c", "echo a; echo b"], stream=True).output), b"a\nb\n")
    equal(container.exec_run("nosuch-command").exit_code, 127)
    container.remove(force=True)


@scenario
def exec_and_attach_take_input_through_a_socket():
    container = sleeping()
    ident = client.api.exec_create(container.id, "head -n 1", stdin=True, tty=True)["Id"]
    stream = client.api.exec_start(ident, socket=True, tty=True)
    stream._sock.sendall(b"typed\n")
    answer = b""
    while piece := stream._sock.recv(4096):
        answer += piece
    equal(answer.replace(b"\r", b""), b"typed\ntyped\n")  # The terminal's echo, then head.
    container.remove(force=True)

    container = client.containers.create("busybox", "cat", stdin_open=True, tty=True)
    stream = container.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
    container.start()
    stream._sock.sendall(b"there\n\x04")
    answer = b""
    while piece := stream._sock.recv(4096):
        answer += piece
    assert b"there\r\n" in answer, answer
    equal(container.wait()["StatusCode"], 0)
    container.remove()


@scenario
def archives_go_in_and_come_out():
    container = client.containers.create("busybox", "cat /tmp/a /tmp/b")
    equal(container.put_archive("/tmp", archive(a=b"first\n", b=b"second\n")), True)
    container.start()
    container.wait()
    equal(container.logs(), b"first\nsecond\n")
    chunks, stat = container.get_archive("/tmp/b")
    equal((stat["name"], stat["size"]), ("b", 7))
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
        equal((tar.getnames(), tar.extractfile("b").read()), (["b"], b"second\n"))
    raises(docker.errors.NotFound, container.get_archive, "/nosuch")
    equal(sorted(one["Path"] for one in container.diff()), ["/tmp", "/tmp/a", "/tmp/b"])
    with tarfile.open(fileobj=io.BytesIO(b"".join(container.export()))) as tar:
        assert "tmp/a" in tar.getnames()
    container.remove()


@scenario
def volumes_keep_data():
    volume = client.volumes.create("py-data", labels={"py": "volume"})
    equal((volume.name, volume.attrs["Labels"], volume.attrs["Driver"]), ("py-data", {"py": "volume"}, "local"))
    mounted = {"py-data": {"bind": "/data", "mode": "rw"}}
    client.containers.run("busybox", ["sh", "-c", "echo kept > /data/file"], volumes=mounted, remove=True)
    mount = docker.types.Mount("/data", "py-data", read_only=True)
    equal(client.containers.run("busybox", "cat /data/file", mounts=[mount], remove=True), b"kept\n")
    equal([one.name for one in client.volumes.list(filters={"label": "py=volume"})], ["py-data"])
    container = sleeping(volumes=mounted)
    equal(raises(docker.errors.APIError, volume.remove).status_code, 409)
    container.remove(force=True)
    volume.remove()
    raises(docker.errors.NotFound, client.volumes.get, "py-data")


@scenario
def events_are_told_as_they_happen():
    seen = []
    stream = client.events(decode=True, filters={"type": "container", "label": "py=events"})

    def collect():
        for event in stream:
            seen.append(event["Action"])
            if event["Action"] == "destroy":
                return

    watcher = threading.Thread(target=collect, daemon=True)
    watcher.start()
    client.containers.run("busybox", "true", labels={"py": "events"}, remove=True)
    watcher.join(30)
    stream.close()
    equal([one for one in seen if one != "attach"], ["create", "start", "die", "destroy"])


@scenario
def images_are_built_tagged_saved_and_removed():
    context = archive(Dockerfile=b"FROM busybox\nARG WORD\nCOPY file /file\nRUN echo $WORD >> /file\nCMD cat /file\n", file=b"copied\n")
    image, log = client.images.build(fileobj=io.BytesIO(context), custom_context=True, tag="py:built", buildargs={"WORD": "built"}, rm=True)
    equal(image.tags, ["py:built"])
    assert any("Successfully tagged py:built" in line.get("stream", "") for line in log)
    equal(client.containers.run("py:built", remove=True), b"copied\nbuilt\n")
    error = raises(docker.errors.BuildError, client.images.build, fileobj=io.BytesIO(b"FROM busybox\nRUN exit 7\n"), rm=True)
    assert "returned a non-zero code: 7" in error.msg, error.msg
    equal(image.tag("py", "other"), True)
    saved = b"".join(image.save(named=True))
    client.images.remove("py:other")
    client.images.remove("py:built")
    raises(docker.errors.ImageNotFound, client.images.get, "py:built")
    equal([one.id for one in client.images.load(saved)], [image.id])
    assert len(image.history()) >= 4
    client.images.remove(image.id, force=True)


@scenario
def a_container_becomes_an_image():
    container = client.containers.run("busybox", ["sh", "-c", "echo kept > /kept"], detach=True)
    container.wait()
    image = container.commit("py", "committed", changes="CMD cat /kept")
    equal(client.containers.run("py:committed", remove=True), b"kept\n")
    container.remove()
    client.images.remove(image.id)


@scenario
def default_networks_are_listed():
    names = {one.name for one in client.networks.list()}
    assert {"bridge", "host", "none"} <= names, names
    container = sleeping()
    network = client.networks.get("bridge")
    assert container.id in [one.id for one in network.containers]
    container.remove(force=True)


@scenario
def networks_are_made_joined_and_left():
    network = client.networks.create("py-net", driver="bridge", internal=True, labels={"py": "network"})
    equal([one.name for one in client.networks.list(filters={"label": "py=network"})], ["py-net"])
    server = client.containers.run("busybox", ["sleep", "1000"], name="py-server", network="py-net", detach=True)
    assert b"py-server" in client.containers.run("busybox", "ping -c 1 py-server", network="py-net", remove=True)
    other = sleeping()
    network.connect(other, aliases=["py-alias"])
    equal(server.exec_run("ping -c 1 py-alias").exit_code, 0)
    network.reload()
    equal({one.id for one in network.containers}, {server.id, other.id})
    equal(raises(docker.errors.APIError, network.remove).status_code, 403)
    network.disconnect(other)
    other.reload()
    assert "py-net" not in other.attrs["NetworkSettings"]["Networks"]
    other.remove(force=True)
    server.remove(force=True)
    network.remove()
    raises(docker.errors.NotFound, client.networks.get, "py-net")


@scenario
def the_engine_describes_itself():
    equal(client.ping(), True)
    equal(client.version()["Os"], "linux")
    equal(client.info()["OSType"], "linux")
    equal([one["RepoTags"] for one in client.df()["Images"] if one["Id"] == client.images.get("busybox").id], [["busybox:latest"]])


def outcome(function):
    try:
        function()
    except Exception:
        return traceback.format_exc()
    return None


json.dump({name: outcome(function) for name, function in SCENARIOS.items()}, sys.stdout)
