// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Programs against kernels: a cell each, and each defect once with the kernels that it concerns. A value; text,
// Markdown, JSON, annotations and the page render it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "report/document.h"

namespace bpfcheck::report {

struct Cell {
  enum class Kind : u8 { NotJudged, Accept, Reject, Unsupported } kind = Kind::NotJudged;
  size_t defect = 0;             ///< its number; 0 where there is none
  bool fails = false;            ///< it fails the run
  std::optional<size_t> result;  ///< index into Run::results
  bool alike(const Cell& other) const { return kind == other.kind && defect == other.defect; }
};

struct MatrixRow {
  std::string object, program;  ///< the program with the constants that it was checked with
  std::vector<Cell> cells;      ///< by column
};

/// One thing that is wrong with one program, on however many kernels; or with an object, and so with several programs.
struct Defect {
  size_t number = 0;            ///< from 1, in the order of rows
  size_t example = 0;           ///< index into Run::results: of the newest kernel that it concerns
  std::vector<size_t> columns;  ///< ascending; none for a file that could not be read
  std::vector<size_t> rows;     ///< the programs
};

/// Why a kernel has no cells, or an object none on it.
struct Gap {
  size_t column;
  std::string why;
};

struct Matrix {
  const Run* run = nullptr;
  std::vector<const TargetLine*> columns;  ///< older kernels first
  std::vector<MatrixRow> rows;
  std::vector<Defect> defects;
  std::vector<Gap> gaps;
};

/// Kernels side by side.
struct ColumnRun {
  size_t first, last;
};
/// Those that answer alike for all of these rows, together; the others alone.
std::vector<ColumnRun> columns_alike(const Matrix& m, std::span<const MatrixRow> rows);
/// "✓", where the terminal can show it, else "ok".
const char* emblem(Cell::Kind kind, bool unicode);

/// Of the results that have a target. Refers to `run`, which outlives it.
Matrix matrix_of(const Run& run);

/// What was said of it, without the names of its object and program where the line already has them.
std::string bare_message(const ProgramResult& r);

/// What makes two results of a program the same defect: what is wrong, and where. "" where nothing is.
std::string defect_key(const ProgramResult& r);

/// "5.10–6.1, 6.12": runs of columns by their first and last; "all" where that is so.
std::string kernels_text(const Matrix& m, std::span<const size_t> columns, bool unicode);

/// "object program", or "object: 12 programs: a, b, c and 9 more".
std::string subject_text(const Run& run, const Matrix& m, const Defect& d);

/// How many kernels load everything that is in the matrix, and what is in the way on the others: one line.
std::string conclusion(const Matrix& m, bool unicode);

struct TableStyle {
  size_t width = 80;  ///< columns of the terminal
  bool unicode = true;
  const Palette& palette = report::palette(false);
};
/// The table, folded to the width by grouping kernels that answer alike; ends with a line end.
std::string table_text(const Matrix& m, const TableStyle& style);
/// Each defect with what explains it, then what has no cells and why.
std::string defects_text(const Run& run, const Matrix& m, const TableStyle& style);
/// A line for each defect that fails the run or leaves it without a verdict.
std::string defect_lines(const Run& run, const Matrix& m, const TableStyle& style);

}  // namespace bpfcheck::report
