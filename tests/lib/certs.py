# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Certificates for tests, good and bad, made by openssl in a directory of the test. All keys are EC P-256, PEM."""

import os
import time

import proc

GOOD, EXPIRED, SELF_SIGNED, WRONG_HOST, OTHER_CA = "good", "expired", "self-signed", "wrong-host", "other-ca"
KINDS = (GOOD, EXPIRED, SELF_SIGNED, WRONG_HOST, OTHER_CA)
NAMES = "DNS:localhost,IP:127.0.0.1,IP:::1"


class Pair:
    """A certificate (with the CA behind it where it has one) and its key: cert, key; both in one file: pem."""

    def __init__(self, directory, name):
        self.cert, self.key, self.pem = (os.path.join(directory, name + end) for end in (".pem", ".key", ".both.pem"))


class Authority:
    """A CA in a directory. ca: its certificate, what a client trusts."""

    def __init__(self, directory, name="telltale test CA"):
        self.directory, self.name = os.path.abspath(directory), name
        os.makedirs(self.directory, exist_ok=True)
        self.ca, self.ca_key = self._path("ca.pem"), self._path("ca.key")
        if not os.path.exists(self.ca):
            self._new_key(self.ca_key)
            self._openssl("req", "-x509", "-new", "-key", self.ca_key, "-days", "30", "-subj", f"/CN={name}",
                          "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=keyCertSign,cRLSign",
                          "-out", self.ca)

    def _path(self, name):
        return os.path.join(self.directory, name)

    @staticmethod
    def _openssl(*argv):
        return proc.run(["openssl", *argv]).stdout

    def _new_key(self, path):
        self._openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)
        os.chmod(path, 0o600)

    def _self_signed(self, pair, subject, names):
        self._openssl("req", "-x509", "-new", "-key", pair.key, "-days", "30", "-subj", subject,
                      "-addext", f"subjectAltName={names}", "-out", pair.cert)

    def _signed(self, pair, subject, names, is_expired):
        request, extensions = pair.cert + ".csr", pair.cert + ".ext"
        self._openssl("req", "-new", "-key", pair.key, "-subj", subject, "-out", request)
        with open(extensions, "w", encoding="ascii") as out:
            out.write("basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth,clientAuth\n")
            out.write(f"subjectAltName={names}\n" if names else "")
        now = time.time()
        if is_expired:
            self._by_dates(pair, request, extensions, now - 20 * 86400, now - 86400)
        else:
            self._openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.ca_key, "-days", "30",
                          "-CAcreateserial", "-extfile", extensions, "-out", pair.cert)
        with open(pair.cert, "a", encoding="ascii") as out, open(self.ca, encoding="ascii") as ca:
            out.write(ca.read())

    def _by_dates(self, pair, request, extensions, start, end):
        """`openssl x509 -req` knows no dates before 3.4; `openssl ca` does."""
        base = pair.cert + ".ca"
        os.makedirs(base, exist_ok=True)
        conf = os.path.join(base, "conf")
        with open(conf, "w", encoding="ascii") as out:
            out.write(f"[ca]\ndefault_ca=d\n[d]\nnew_certs_dir={base}\ndatabase={base}/index\nserial={base}/serial\n"
                      "default_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        for name, text in (("index", ""), ("serial", "01\n")):
            with open(os.path.join(base, name), "w", encoding="ascii") as out:
                out.write(text)
        dates = [time.strftime("%Y%m%d%H%M%SZ", time.gmtime(at)) for at in (start, end)]
        self._openssl("ca", "-batch", "-config", conf, "-cert", self.ca, "-keyfile", self.ca_key, "-in", request,
                      "-startdate", dates[0], "-enddate", dates[1], "-extfile", extensions, "-notext",
                      "-out", pair.cert)

    def issue(self, name, kind=GOOD, names=NAMES, common_name="localhost"):
        """Makes <name>.pem and <name>.key. kind: one of KINDS; WRONG_HOST: for a host that it is not, OTHER_CA: good
        but for its CA, which nobody knows."""
        if kind == OTHER_CA:
            other = Authority(self._path(name + ".other"), "somebody else's CA")
            made, pair = other.issue(name, GOOD, names, common_name), Pair(self.directory, name)
            for source, target in ((made.cert, pair.cert), (made.key, pair.key), (made.pem, pair.pem)):
                os.replace(source, target)
            return pair
        pair = Pair(self.directory, name)
        if kind == WRONG_HOST:
            names, common_name = "DNS:elsewhere.example", "elsewhere.example"
        self._new_key(pair.key)
        if kind == SELF_SIGNED:
            self._self_signed(pair, f"/CN={common_name}", names)
        else:
            self._signed(pair, f"/CN={common_name}", names, kind == EXPIRED)
        with open(pair.pem, "w", encoding="ascii") as out:
            for part in (pair.key, pair.cert):
                with open(part, encoding="ascii") as text:
                    out.write(text.read())
        os.chmod(pair.pem, 0o600)
        return pair

    def server(self, kind=GOOD):
        """A server's pair for localhost, 127.0.0.1 and ::1."""
        return self.issue("server-" + kind, kind)

    def client(self, name="client"):
        return self.issue(name, common_name=name)
