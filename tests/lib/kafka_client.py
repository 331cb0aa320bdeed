# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Reads Kafka topics to their ends and makes topics, through librdkafka; and where Java's client puts a key."""

import ctypes
import time

_ERR_PARTITION_EOF, _PRODUCER, _CONSUMER, _BEGINNING = -191, 0, 1, -2
_BATCH, _TEXT_LEN = 4096, 512


class Record:
    """key and value: bytes or None; headers: [(name, bytes or None)]; time_ms: of the message."""

    __slots__ = ("partition", "offset", "key", "value", "headers", "time_ms")

    def header(self, name):
        found = [value for other, value in self.headers if other == name]
        return found[0] if len(found) == 1 else None


class _Message(ctypes.Structure):
    _fields_ = [("err", ctypes.c_int), ("rkt", ctypes.c_void_p), ("partition", ctypes.c_int32),
                ("payload", ctypes.c_void_p), ("len", ctypes.c_size_t), ("key", ctypes.c_void_p),
                ("key_len", ctypes.c_size_t), ("offset", ctypes.c_int64), ("private", ctypes.c_void_p)]


class _PartitionMetadata(ctypes.Structure):
    _fields_ = [("id", ctypes.c_int32), ("err", ctypes.c_int), ("leader", ctypes.c_int32),
                ("replica_cnt", ctypes.c_int), ("replicas", ctypes.c_void_p), ("isr_cnt", ctypes.c_int),
                ("isrs", ctypes.c_void_p)]


class _TopicMetadata(ctypes.Structure):
    _fields_ = [("topic", ctypes.c_char_p), ("partition_cnt", ctypes.c_int),
                ("partitions", ctypes.POINTER(_PartitionMetadata)), ("err", ctypes.c_int)]


class _Metadata(ctypes.Structure):
    _fields_ = [("broker_cnt", ctypes.c_int), ("brokers", ctypes.c_void_p), ("topic_cnt", ctypes.c_int),
                ("topics", ctypes.POINTER(_TopicMetadata)), ("orig_broker_id", ctypes.c_int32),
                ("orig_broker_name", ctypes.c_char_p)]


def _library():
    library = ctypes.CDLL("librdkafka.so.1")
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    for name, result, *arguments in (
            ("conf_new", pointer), ("conf_set", ctypes.c_int, pointer, text, text, text, ctypes.c_size_t),
            ("new", pointer, ctypes.c_int, pointer, text, ctypes.c_size_t), ("destroy", None, pointer),
            ("topic_new", pointer, pointer, text, pointer), ("topic_destroy", None, pointer),
            ("metadata", ctypes.c_int, pointer, ctypes.c_int, pointer, pointer, ctypes.c_int),
            ("metadata_destroy", None, pointer), ("err2str", text, ctypes.c_int),
            ("queue_new", pointer, pointer), ("queue_destroy", None, pointer),
            ("consume_start_queue", ctypes.c_int, pointer, ctypes.c_int32, ctypes.c_int64, pointer),
            ("consume_stop", ctypes.c_int, pointer, ctypes.c_int32),
            ("consume_batch_queue", ctypes.c_ssize_t, pointer, ctypes.c_int, pointer, ctypes.c_size_t),
            ("query_watermark_offsets", ctypes.c_int, pointer, text, ctypes.c_int32, pointer, pointer, ctypes.c_int),
            ("message_destroy", None, pointer), ("message_timestamp", ctypes.c_int64, pointer, pointer),
            ("message_headers", ctypes.c_int, pointer, pointer),
            ("header_get_all", ctypes.c_int, pointer, ctypes.c_size_t, pointer, pointer, pointer),
            ("NewTopic_new", pointer, text, ctypes.c_int, ctypes.c_int, text, ctypes.c_size_t),
            ("CreateTopics", None, pointer, pointer, ctypes.c_size_t, pointer, pointer),
            ("queue_poll", pointer, pointer, ctypes.c_int), ("event_destroy", None, pointer),
            ("event_CreateTopics_result", pointer, pointer),
            ("CreateTopics_result_topics", pointer, pointer, pointer),
            ("topic_result_error", ctypes.c_int, pointer)):
        function = getattr(library, "rd_kafka_" + name)
        function.restype, function.argtypes = result, arguments
        setattr(library, name, function)
    return library


_lib = _library()


class Failed(Exception):
    """What librdkafka said."""


def _check(err):
    if err:
        raise Failed(_lib.err2str(err).decode())


def _headers(message):
    headers, found = ctypes.c_void_p(), []
    if _lib.message_headers(message, ctypes.byref(headers)) != 0:
        return found
    name, value, size = ctypes.c_char_p(), ctypes.c_void_p(), ctypes.c_size_t()
    while _lib.header_get_all(headers, len(found), ctypes.byref(name), ctypes.byref(value), ctypes.byref(size)) == 0:
        found.append((name.value.decode(), ctypes.string_at(value, size.value) if value.value else None))
    return found


def _record(pointer):
    message, record = pointer.contents, Record()
    record.partition, record.offset = message.partition, message.offset
    record.key = ctypes.string_at(message.key, message.key_len) if message.key else None
    record.value = ctypes.string_at(message.payload, message.len) if message.payload else None
    record.headers, record.time_ms = _headers(pointer), _lib.message_timestamp(pointer, None)
    return record


class Client:
    def __init__(self, brokers):
        self.brokers = brokers

    def _open(self, kind, **settings):
        error = ctypes.create_string_buffer(_TEXT_LEN)
        conf = _lib.conf_new()
        for name, value in {"bootstrap_servers": self.brokers, "log_level": "0", **settings}.items():
            if _lib.conf_set(conf, name.replace("_", ".").replace("log.level", "log_level").encode(), value.encode(),
                             error, _TEXT_LEN) != 0:
                raise Failed(error.value.decode())
        handle = _lib.new(kind, conf, error, _TEXT_LEN)
        if not handle:
            raise Failed(error.value.decode())
        return handle

    def create(self, topics, partitions=3, limit_ms=20000):
        handle, error = self._open(_PRODUCER), ctypes.create_string_buffer(_TEXT_LEN)
        queue = _lib.queue_new(handle)
        rows = (ctypes.c_void_p * len(topics))(*[_lib.NewTopic_new(topic.encode(), partitions, 1, error, _TEXT_LEN)
                                                 for topic in topics])
        _lib.CreateTopics(handle, rows, len(topics), None, queue)
        event = _lib.queue_poll(queue, limit_ms)
        if not event:
            raise Failed("topics were not made in time")
        count = ctypes.c_size_t()
        made = ctypes.cast(_lib.CreateTopics_result_topics(_lib.event_CreateTopics_result(event), ctypes.byref(count)),
                           ctypes.POINTER(ctypes.c_void_p))
        errors = [_lib.topic_result_error(made[i]) for i in range(count.value)]
        _lib.event_destroy(event)
        _lib.queue_destroy(queue)
        _lib.destroy(handle)
        for err in errors:
            _check(err)

    def partitions(self, topic, limit_ms=10000):
        """How many partitions a topic has; 0: there is no such topic."""
        handle = self._open(_CONSUMER)
        try:
            return self._partitions(handle, _lib.topic_new(handle, topic.encode(), None), limit_ms)
        finally:
            _lib.destroy(handle)

    @staticmethod
    def _partitions(handle, topic, limit_ms=10000):
        metadata = ctypes.POINTER(_Metadata)()
        _check(_lib.metadata(handle, 0, topic, ctypes.byref(metadata), limit_ms))
        row = metadata.contents.topics[0]
        count = 0 if row.err else row.partition_cnt
        _lib.metadata_destroy(metadata)
        return count

    def _wait_partitions(self, handle, rkt, limit_s=5.0):
        """A topic whose leader is only being chosen has partitions a moment later."""
        deadline = time.monotonic() + limit_s
        while True:
            count = self._partitions(handle, rkt)
            if count or time.monotonic() > deadline:
                return count
            time.sleep(0.05)

    def read(self, topic, limit_ms=60000):
        """All records up to the ends that are seen while reading, by partition and offset."""
        return sorted(self.each(topic, limit_ms), key=lambda record: (record.partition, record.offset))

    def each(self, topic, limit_ms=60000):
        """The same one by one as they come, each partition in order: for topics that no memory holds."""
        handle = self._open(_CONSUMER, enable_partition_eof="true", check_crcs="true", queued_max_messages_kbytes="16384",
                            fetch_wait_max_ms="20")
        rkt, queue = _lib.topic_new(handle, topic.encode(), None), _lib.queue_new(handle)
        try:
            count = self._wait_partitions(handle, rkt)
            if count == 0:
                raise Failed(f"there is no topic {topic}")
            for partition in range(count):
                _lib.consume_start_queue(rkt, partition, _BEGINNING, queue)
            yield from self._drain(queue, count, limit_ms)
            for partition in range(count):
                _lib.consume_stop(rkt, partition)
        finally:
            _lib.queue_destroy(queue)
            _lib.topic_destroy(rkt)
            _lib.destroy(handle)

    @staticmethod
    def _drain(queue, count, limit_ms):
        batch, ended, came = (ctypes.POINTER(_Message) * _BATCH)(), set(), time.monotonic()
        while len(ended) < count:
            got = _lib.consume_batch_queue(queue, 50, batch, _BATCH)  # it waits for a full batch
            if got > 0:
                came = time.monotonic()
            elif time.monotonic() > came + limit_ms / 1000:
                raise Failed(f"the ends of {count - len(ended)} partitions were not reached in time")
            for pointer in batch[:max(got, 0)]:
                record = None
                if pointer.contents.err == _ERR_PARTITION_EOF:
                    ended.add(pointer.contents.partition)
                elif pointer.contents.err == 0:
                    record = _record(pointer)
                _lib.message_destroy(pointer)
                if record is not None:
                    yield record

    def count(self, topic, limit_ms=10000):
        """How many records a topic holds, by its offsets (nothing is compacted or deleted)."""
        handle, found = self._open(_CONSUMER), 0
        rkt = _lib.topic_new(handle, topic.encode(), None)
        low, high = ctypes.c_int64(), ctypes.c_int64()
        for partition in range(self._partitions(handle, rkt)):
            _check(_lib.query_watermark_offsets(handle, topic.encode(), partition, ctypes.byref(low), ctypes.byref(high),
                                                limit_ms))
            found += high.value - low.value
        _lib.topic_destroy(rkt)
        _lib.destroy(handle)
        return found


def murmur2(data):
    """Kafka's own variant of MurmurHash2, as its Java client computes it over a key."""
    mask, factor = 0xffffffff, 0x5bd1e995
    value = 0x9747b28c ^ len(data)
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at:at + 4], "little") * factor & mask
        value = value * factor & mask ^ (k ^ k >> 24) * factor & mask
    tail = data[whole:]
    if tail:
        value = (value ^ int.from_bytes(tail, "little")) * factor & mask
    value = (value ^ value >> 13) * factor & mask
    return value ^ value >> 15


def partition(key, partitions):
    """Where Java's client puts a record with this key."""
    return (murmur2(key) & 0x7fffffff) % partitions
