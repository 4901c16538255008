"""Lets gcloud's gRPC calls for Cloud Run worker pools reach a sandbox that speaks plain HTTP.

gcloud deploys and deletes worker pools over gRPC and TLS only. It takes this for its proxy: a CONNECT is led to a gRPC
server with a throw-away certificate, which sends each call on as the REST request of the same method; all else goes to
the sandbox byte by byte. It runs under gcloud's own Python, which has grpcio and Google's messages, and sends nothing
anywhere but to the sandbox.

    bridge.py SANDBOX_PORT CERTIFICATE_FILE        prints its own port once it listens
"""

import importlib.util  # noqa: F401  gcloud's own `concurrent` package needs it loaded first
import concurrent.futures
import datetime
import http.client
import json
import socket
import socketserver
import sys
import threading
import urllib.parse

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from google.longrunning import operations_pb2

try:
    from cloudsdk.google.protobuf import json_format
except ImportError:
    from google.protobuf import json_format
from googlecloudsdk.generated_clients.gapic_clients.run_v2.types import worker_pool as pools

HOST = "run.googleapis.com"

# What a call takes and gives, its HTTP method, the field that is the path and the one that is the body.
CALLS = {
    "GetWorkerPool": (pools.GetWorkerPoolRequest.pb(), pools.WorkerPool.pb(), "GET", "name", None),
    "UpdateWorkerPool": (pools.UpdateWorkerPoolRequest.pb(), operations_pb2.Operation, "PATCH", None, "workerPool"),
    "DeleteWorkerPool": (pools.DeleteWorkerPoolRequest.pb(), operations_pb2.Operation, "DELETE", "name", None),
    "GetOperation": (operations_pb2.GetOperationRequest, operations_pb2.Operation, "GET", "name", None),
}

STATUS = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    409: grpc.StatusCode.ALREADY_EXISTS,
    501: grpc.StatusCode.UNIMPLEMENTED,
}


class RestCalls(grpc.GenericRpcHandler):
    """Answers each known gRPC method through the sandbox."""

    def __init__(self, port):
        self.port = port

    def service(self, details):
        call = CALLS.get(details.method.rsplit("/", 1)[-1])
        if call is None:
            print(f"bridge: {details.method} is not bridged", file=sys.stderr, flush=True)
            return None
        request_type, response_type = call[0], call[1]
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: self.send(call, request, context),
            request_deserializer=request_type.FromString,
            response_serializer=response_type.SerializeToString,
        )

    def send(self, call, request, context):
        _, response_type, verb, path_field, body_field = call
        fields = json_format.MessageToDict(request)
        body = fields.pop(body_field, {}) if body_field else None
        name = fields.pop(path_field) if path_field else body["name"]
        query = {key: str(value).lower() if isinstance(value, bool) else value for key, value in fields.items()}
        path = f"/{HOST}/v2/{name}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(verb, path, json.dumps(body) if body_field else None, {"content-type": "application/json"})
        answer = connection.getresponse()
        parsed = json.loads(answer.read() or b"{}")
        if answer.status != 200:
            message = parsed.get("error", {}).get("message", "no message")
            context.abort(STATUS.get(answer.status, grpc.StatusCode.UNKNOWN), message)
        return json_format.ParseDict(parsed, response_type(), ignore_unknown_fields=True)


class Door(socketserver.BaseRequestHandler):
    """gcloud's proxy: CONNECT leads to the gRPC server, anything else to the sandbox."""

    def handle(self):
        head = b""
        while b"\r\n\r\n" not in head:
            more = self.request.recv(65536)
            if not more:
                return
            head += more
        if head.startswith(b"CONNECT "):
            head = head.split(b"\r\n\r\n", 1)[1]
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            peer = socket.create_connection(("127.0.0.1", self.server.grpc_port))
        else:
            peer = socket.create_connection(("127.0.0.1", self.server.sandbox_port))
        peer.sendall(head)
        back = threading.Thread(target=pump, args=(peer, self.request), daemon=True)
        back.start()
        pump(self.request, peer)
        back.join()


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # either side may leave first


class Proxy(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True


def certificate():
    """A key and a certificate for the invented names, good for a day around now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "test bridge")])
    now, day = datetime.datetime.now(datetime.timezone.utc), datetime.timedelta(days=1)
    names = x509.SubjectAlternativeName([x509.DNSName("*.gcloud.test")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, nothing = serialization.Encoding.PEM, serialization.NoEncryption()
    return key.private_bytes(pem, serialization.PrivateFormat.PKCS8, nothing), built.public_bytes(pem)


def main(sandbox_port, certificate_file):
    key, chain = certificate()
    with open(certificate_file, "wb") as file:
        file.write(chain)
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=4))
    server.add_generic_rpc_handlers((RestCalls(sandbox_port),))
    proxy = Proxy(("127.0.0.1", 0), Door)
    proxy.sandbox_port = sandbox_port
    proxy.grpc_port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, chain)]))
    server.start()
    print(proxy.server_address[1], flush=True)
    proxy.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
