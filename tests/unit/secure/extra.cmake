# The oracle of the SRTP tests; the product does not use it.
pkg_check_modules(libsrtp2 REQUIRED IMPORTED_TARGET GLOBAL libsrtp2)
target_link_libraries(unit_secure_srtp_oracle_test PRIVATE PkgConfig::libsrtp2)
# Signature vectors are JSON, which secure itself does not read.
target_link_libraries(unit_secure_sigv4_test PRIVATE rd_wire)
