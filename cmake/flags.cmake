# Warnings, hardening and sanitizers for everything of ours.
add_library(rd_flags INTERFACE)
target_compile_definitions(rd_flags INTERFACE _GNU_SOURCE RD_VERSION="${PROJECT_VERSION}")
target_compile_options(rd_flags INTERFACE
	-Wall -Wextra -Werror -Wformat=2 -Wshadow -Wstrict-prototypes
	-Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings
	-Wundef -Wvla -fno-strict-aliasing -fno-common)
if(RD_SANITIZE)
	target_compile_options(rd_flags INTERFACE
		-fsanitize=${RD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
	target_link_options(rd_flags INTERFACE -fsanitize=${RD_SANITIZE})
else()
	target_compile_options(rd_flags INTERFACE -fstack-protector-strong)
	target_link_options(rd_flags INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
	if(CMAKE_BUILD_TYPE STREQUAL "Release")
		target_compile_options(rd_flags INTERFACE -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
	endif()
endif()
if(RD_FUZZ)
	target_compile_options(rd_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
