require "test_helper"
