"""A Terraform provider that knows only a recorded schema. Started by `stubs.py`, not by hand.

With `--serve` it prints how terraform reaches it, and serves every command until its standard input is closed.
"""

import json
import os
import sys
import threading

import grpc
import msgpack
import tf.provider
from tf.gen import tfplugin_pb2 as pb
from tf.gen import tfplugin_pb2_grpc as rpc
from tf.runner import run_provider

SCHEMA = json.load(open(sys.argv[1]))
NESTING = {n: getattr(pb.Schema.NestedBlock, n.upper()) for n in ("list", "set", "map", "single")}
NESTING["group"] = pb.Schema.NestedBlock.GROUP
UNKNOWN = msgpack.ExtType(0, b"\0")
ZERO = {"string": "stub", "number": 1, "bool": False, "dynamic": None}


def attribute(name, a):
    out = pb.Schema.Attribute(
        name=name,
        required=a.get("required", False),
        optional=a.get("optional", False),
        computed=a.get("computed", False),
        sensitive=a.get("sensitive", False),
        deprecated=a.get("deprecated", False),
    )
    if "nested_type" in a:
        out.nested_type.nesting = getattr(pb.Schema.Object, a["nested_type"]["nesting_mode"].upper())
        out.nested_type.attributes.extend(attribute(n, x) for n, x in a["nested_type"]["attributes"].items())
    else:
        out.type = json.dumps(a.get("type", "dynamic")).encode()
    if a.get("write_only"):
        out.MergeFromString(b"\x58\x01")  # field 11, which the package's messages are too old to name
    return out


def block(b):
    out = pb.Schema.Block(version=0)
    out.attributes.extend(attribute(n, a) for n, a in b.get("attributes", {}).items())
    for name, child in b.get("block_types", {}).items():
        counted = child["nesting_mode"] in ("list", "set")
        out.block_types.append(
            pb.Schema.NestedBlock(
                type_name=name,
                nesting=NESTING[child["nesting_mode"]],
                block=block(child["block"]),
                min_items=child.get("min_items", 0) if counted else 0,
                max_items=child.get("max_items", 0) if counted else 0,
            )
        )
    return out


def schema(entry):
    return pb.Schema(version=0, block=block(entry["block"]))


def delimited(field, content):
    """A length-delimited protobuf field (field number below 16)."""
    size, length = len(content), b""
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return bytes([field << 3 | 2]) + length + bytes([size]) + content


def provider_schema():
    """Building the message from JSON takes seconds for a large provider, so its bytes are kept beside the JSON."""
    packed = sys.argv[1] + ".pb"
    if os.path.exists(packed):
        with open(packed, "rb") as file:
            return pb.GetProviderSchema.Response.FromString(file.read())
    out = pb.GetProviderSchema.Response(provider=schema(SCHEMA["provider"]))
    for name, entry in SCHEMA["resource_schemas"].items():
        out.resource_schemas[name].CopyFrom(schema(entry))
    for name, entry in SCHEMA["data_source_schemas"].items():
        out.data_source_schemas[name].CopyFrom(schema(entry))
    for name, entry in SCHEMA.get("ephemeral_resource_schemas", {}).items():  # field 8, too new for the package as well
        out.MergeFromString(delimited(8, delimited(1, name.encode()) + delimited(2, schema(entry).SerializeToString())))
    with open(f"{packed}.{os.getpid()}", "wb") as file:
        file.write(out.SerializeToString())
    os.replace(file.name, packed)
    return out


def unpack(raw):
    return msgpack.unpackb(raw, ext_hook=msgpack.ExtType, raw=False, strict_map_key=False)


def known(type_):
    """A value of a computed attribute once the stub has 'created' the object."""
    if isinstance(type_, list):
        return {} if type_[0] in ("map", "object") else []
    return ZERO.get(type_)


def complete(raw, entry, unknown):
    values = unpack(raw)
    if values is None:
        return raw
    for name, a in entry["block"].get("attributes", {}).items():
        if a.get("write_only"):
            values[name] = None
        if not a.get("computed"):
            continue
        if unknown and values.get(name) is None:
            values[name] = UNKNOWN
        elif not unknown and (values.get(name) is None or isinstance(values[name], msgpack.ExtType)):
            type_ = a.get("type", "dynamic")
            values[name] = (
                None if "nested_type" in a or (isinstance(type_, list) and type_[0] == "object") else known(type_)
            )
    return msgpack.packb(values)


class Servicer(rpc.ProviderServicer):
    def __init__(self, _provider):
        pass

    def GetMetadata(self, request, context):
        return pb.GetMetadata.Response(
            server_capabilities=pb.ServerCapabilities(get_provider_schema_optional=False),
            resources=[pb.GetMetadata.ResourceMetadata(type_name=n) for n in SCHEMA["resource_schemas"]],
            data_sources=[pb.GetMetadata.DataSourceMetadata(type_name=n) for n in SCHEMA["data_source_schemas"]],
        )

    def GetProviderSchema(self, request, context):
        return provider_schema()

    def ValidateProviderConfig(self, request, context):
        return pb.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, request, context):
        return pb.ValidateResourceConfig.Response()

    def ValidateDataResourceConfig(self, request, context):
        return pb.ValidateDataResourceConfig.Response()

    def ConfigureProvider(self, request, context):
        return pb.ConfigureProvider.Response()

    def StopProvider(self, request, context):
        return pb.StopProvider.Response()

    def UpgradeResourceState(self, request, context):
        return pb.UpgradeResourceState.Response(
            upgraded_state=pb.DynamicValue(msgpack=msgpack.packb(json.loads(request.raw_state.json)))
        )

    def ReadResource(self, request, context):
        return pb.ReadResource.Response(new_state=request.current_state)

    def ReadDataSource(self, request, context):
        entry = SCHEMA["data_source_schemas"][request.type_name]
        return pb.ReadDataSource.Response(
            state=pb.DynamicValue(msgpack=complete(request.config.msgpack, entry, unknown=False))
        )

    def PlanResourceChange(self, request, context):
        entry = SCHEMA["resource_schemas"][request.type_name]
        return pb.PlanResourceChange.Response(
            planned_state=pb.DynamicValue(msgpack=complete(request.proposed_new_state.msgpack, entry, unknown=True))
        )

    def ApplyResourceChange(self, request, context):
        entry = SCHEMA["resource_schemas"][request.type_name]
        return pb.ApplyResourceChange.Response(
            new_state=pb.DynamicValue(msgpack=complete(request.planned_state.msgpack, entry, unknown=False))
        )


def open_ephemeral(request, context):
    request = pb.ReadDataSource.Request.FromString(request)  # the same first two fields
    entry = SCHEMA["ephemeral_resource_schemas"][request.type_name]
    return delimited(
        3, pb.DynamicValue(msgpack=complete(request.config.msgpack, entry, unknown=False)).SerializeToString()
    )


def add_servicer(servicer, server, base=rpc.add_ProviderServicer_to_server):
    base(servicer, server)
    methods = {
        f"{verb}EphemeralResource{end}": lambda request, context: b""
        for verb, end in (("Validate", "Config"), ("Renew", ""), ("Close", ""))
    }
    methods["OpenEphemeralResource"] = open_ephemeral
    handlers = {name: grpc.unary_unary_rpc_method_handler(method) for name, method in methods.items()}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("tfplugin6.Provider", handlers),))


class Provider:
    def full_name(self):
        return SCHEMA["source"]


tf.provider.ProviderServicer = Servicer
rpc.add_ProviderServicer_to_server = add_servicer
if "--serve" in sys.argv:
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    sys.stdout.reconfigure(line_buffering=True)
    run_provider(Provider(), [sys.argv[0], "--dev"])
else:
    run_provider(Provider(), sys.argv[:1])
