# What every target of keyaki is compiled with. Targets link keyaki_options; nothing is set directory-wide.
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Without the folder in the hash, so that the build folders of all presets with the same flags share what was compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${CCACHE_PROGRAM})
endif()

option(KEYAKI_WERROR "Warnings are errors" ON)
set(KEYAKI_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize= (address,undefined or thread)")

add_library(keyaki_options INTERFACE)
target_compile_features(keyaki_options INTERFACE cxx_std_20)
target_include_directories(keyaki_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(keyaki_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wcast-align -Wnull-dereference -Wformat=2 -Wimplicit-fallthrough -fno-math-errno
  # -g1: line numbers for stack traces at a fraction of the full debug information's size and build time.
  $<$<CONFIG:RelWithDebInfo>:-g1>)
if(KEYAKI_WERROR)
  target_compile_options(keyaki_options INTERFACE -Werror)
endif()
if(KEYAKI_SANITIZE)
  target_compile_options(keyaki_options INTERFACE -fsanitize=${KEYAKI_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(keyaki_options INTERFACE -fsanitize=${KEYAKI_SANITIZE})
  # The instrumented code confuses GCC's flow analysis: these two warn about code that is right in the plain build.
  target_compile_options(keyaki_options INTERFACE -Wno-null-dereference -Wno-maybe-uninitialized)
endif()
# assert() states our own mistakes; it stays on in every build: a wrong point is worse than a stopped server.
string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELWITHDEBINFO "${CMAKE_CXX_FLAGS_RELWITHDEBINFO}")
string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")

# keyaki_library(name SOURCES ... PUBLIC libs ... PRIVATE libs ...): one library of the house.
function(keyaki_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC keyaki_options ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
endfunction()
