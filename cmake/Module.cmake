# tandem_module(NAME SOURCES... LIBRARIES...): a shared object in build/modules/NAME.so. Everything but module.cpp also becomes the static
# library NAME_parts, so that unit tests can reach it.
function(tandem_module name)
  cmake_parse_arguments(ARG "" "" "LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*/*.cpp)
  list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${name}/module.cpp)
  add_library(${name} MODULE ${name}/module.cpp)
  if(sources)
    add_library(${name}_parts STATIC ${sources})
    target_link_libraries(${name}_parts PUBLIC tandem_api tandem_options ${ARG_LIBRARIES})
    target_include_directories(${name}_parts PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/${name})
    target_precompile_headers(${name}_parts REUSE_FROM tandem_pch)
    target_link_libraries(${name} PRIVATE ${name}_parts)
  endif()
  target_link_libraries(${name} PRIVATE tandem_core tandem_options ${ARG_LIBRARIES})
  set_target_properties(${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/modules
                        CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  install(TARGETS ${name} LIBRARY DESTINATION lib/tandem/modules)
endfunction()
