/* SPDX-License-Identifier: Apache-2.0 */
/* A root that openssl made for the seed of fuzz_timestamp; its key is gone. */
"-----BEGIN CERTIFICATE-----\n"
    "MIIBkjCCATigAwIBAgIUDWkiiCMu1YL8C+luoGNdEInzkZ0wCgYIKoZIzj0EAwIw\n"
    "JzEWMBQGA1UECgwNR2VvcGhvbmUgdGVzdDENMAsGA1UEAwwEUm9vdDAeFw0yNjEx\n"
    "MjIwODEyMjZaFw0zNjExMTkwODEyMjZaMCcxFjAUBgNVBAoMDUdlb3Bob25lIHRl\n"
    "c3QxDTALBgNVBAMMBFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQq01/D\n"
    "cQgvXkyAi7WXkbaAOn0hHMfegz/OeLqIe8J/LOWTC/r7DCEDgzafQQ+Fqp1ptT+6\n"
    "uzk2IvgWMyS4oDFFo0IwQDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIB\n"
    "BjAdBgNVHQ4EFgQUOHa4aHQ1i+/fyCUQ0qkQBc1ZQ+swCgYIKoZIzj0EAwIDSAAw\n"
    "RQIgQ/5WGMLPk482GgkpJRgUaxjV3ecyTFrthV1pJEwGDoMCIQD+Hnlkx63zpg7s\n"
    "NDNZlZzNsNuhNRYVvwhyQ/fyzNgNRg==\n"
    "-----END CERTIFICATE-----\n"
