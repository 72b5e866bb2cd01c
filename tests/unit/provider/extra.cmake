# People and telephones of the tests of rooms; the product's floor 4 does not
# know them.
foreach(name rooms contacts meetings sma_run)
	if(TARGET unit_provider_${name}_test)
		target_link_libraries(unit_provider_${name}_test PRIVATE rd_synthetic)
	endif()
endforeach()
