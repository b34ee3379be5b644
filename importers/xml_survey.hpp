#pragma once

#include "importers/byte_source.hpp"

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace keyaki::importers {

/// Reads an XML file strictly, before a library that is vague about what is wrong makes features of it. Declarations of entities are refused: they
/// are how a small file becomes a huge one or asks for another, and no map needs them. Text in an encoding that expat does not know is left to
/// whoever knows it. \param elements names without namespace of what becomes a feature \return how many of them there are; 1 where the encoding is
/// left to others \throws geo::Error invalid_input with line and column for what is not well-formed, too_large for elements nested past max_xml_depth
std::uint64_t survey_xml(ByteSource &source, std::initializer_list<std::string_view> elements, std::string_view shown);

} // namespace keyaki::importers
