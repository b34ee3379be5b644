#pragma once

#include "tests/house_rules/source_file.hpp"

namespace keyaki::test::house {

/// A function with its body, a lambda inside counted as part of it.
struct Function {
    std::string name;
    std::size_t line = 0;  ///< of the first word of its head
    std::size_t lines = 0; ///< from there to the closing brace
};

/// Every function that `source` defines at the level of a namespace or a class. Found by braces: what stands before one tells what it opens.
/// Code that the preprocessor would leave out is read like any other.
[[nodiscard]] std::vector<Function> functions_of(const SourceFile &source);

} // namespace keyaki::test::house
