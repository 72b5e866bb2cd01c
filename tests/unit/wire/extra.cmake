# Signal frames against the protobuf library of Python, which nanopb's generator
# needs anyway.
add_executable(wire_frame_echo unit/wire/frame_echo.c)
target_link_libraries(wire_frame_echo PRIVATE rd_wire)
add_test(NAME unit/wire/frame_reference
	COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/unit/wire/frame_reference.py $<TARGET_FILE:wire_frame_echo>)
set_tests_properties(unit/wire/frame_reference PROPERTIES TIMEOUT 120)
