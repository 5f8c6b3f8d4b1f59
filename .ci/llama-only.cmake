# Read by the build of llama.cpp inside llama-cpp-python (see .ci/set-up): build the one library that is loaded.
# A normal variable wins over the cache entry that llama-cpp-python forces (CMake policies CMP0077 and CMP0126).
set(LLAMA_BUILD_COMMON OFF)
# Several source files per compiler run: the headers are most of the work.
cmake_language(DEFER CALL set_target_properties llama PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 16)
